/** Blocking jobs in Python: on the threads of a pool that this JS environment has. */
import { askHelper, callHelper } from "../bridge/helpers.ts";
import type { PyCallable, PyObject } from "../bridge/py-object.ts";
import { intoPromise } from "../await/into-promise.ts";
import { getCurrentLoop } from "../loop/current.ts";
import { ensure } from "../loop/start.ts";
import { QUEUE } from "../pools.ts";
import { carrier } from "../runtime.ts";
import type { TaskContext } from "./task.ts";

/** Made when it is first needed, and kept. */
let threads: PyObject | undefined;

function pool(): PyObject {
  const { size, queue } = carrier().options?.pools?.threads ?? {};
  return (threads ??= askHelper("Threads", size ?? null, queue ?? QUEUE) as PyObject);
}

/** What a task does to run `job(...args)` on a thread. */
export function runOnThread<T>(job: PyCallable<T>, args: readonly unknown[]): (context: TaskContext) => Promise<T> {
  ensure();
  // The arguments cross now, as those of any call.
  const bound = (askHelper("bind_job", job) as (...given: readonly unknown[]) => PyObject)(...args);
  return async ({ signal }) => {
    const submitted = callHelper("submit_job", pool(), getCurrentLoop(), bound) as PyObject;
    const cancel = (): void => void askHelper("cancel_job", submitted);
    signal.addEventListener("abort", cancel);
    try {
      return await intoPromise<T>(askHelper("getattr", submitted, "future") as PyObject);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };
}
