/** Blocking jobs in Python: on the threads of a pool that this JS environment has. */
import { callBridge, callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyCallable, PyObject } from "../environment/py-object.ts";
import { intoPromise } from "../await/into-promise.ts";
import { getCurrentLoop } from "../run/current.ts";
import { ensure } from "../start/start.ts";
import { QUEUE } from "../runtime/pools.ts";
import { sharedState } from "../runtime/runtime.ts";
import type { TaskContext } from "./task.ts";

/** Made when it is first needed, and kept. */
let threads: PyObject | undefined;

function pool(): PyObject {
  const { size, queue } = sharedState().options?.pools?.threads ?? {};
  return (threads ??= callBridge("Threads", size ?? null, queue ?? QUEUE) as PyObject);
}

/** What a task does to run `job(...args)` on a thread. */
export function runOnThread<T>(job: PyCallable<T>, args: readonly unknown[]): (context: TaskContext) => Promise<T> {
  ensure();
  // The arguments cross now, as those of any call.
  const bound = (callBridge("bind_job", job) as (...given: readonly unknown[]) => PyObject)(...args);
  return async ({ signal }) => {
    const submitted = callBridgeInContext("submit_job", pool(), getCurrentLoop(), bound) as PyObject;
    const cancel = (): void => void callBridge("cancel_job", submitted);
    signal.addEventListener("abort", cancel);
    try {
      return await intoPromise<T>(callBridge("getattr", submitted, "future") as PyObject);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };
}
