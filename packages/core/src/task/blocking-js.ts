/** Blocking jobs in JS: on the workers of the runtime. */
import { callBridge, callBridgeInContext } from "../environment/bridge-functions.ts";
import { environment } from "../environment/environment.ts";
import { InterloopError } from "../errors.ts";
import { QUEUE } from "../runtime/pools.ts";
import { sharedState, getRuntime } from "../runtime/runtime.ts";
import type { InitOptions, WorkerJob } from "../runtime/contract.ts";
import type { TaskContext } from "./task.ts";

interface Code {
  readonly module?: string;
  readonly code: string;
}

/** What a task does to run a JS function on a worker. */
export function runOnWorker<T>({ module, code }: Code, args: readonly unknown[], transfer: readonly object[]): (context: TaskContext) => Promise<T> {
  return async ({ signal }) => {
    const runtime = getRuntime();
    if (runtime.runJob === undefined)
      throw new InterloopError("no-workers", `The runtime "${runtime.name}" has no workers: only Python functions can be blocking jobs`);
    const context = environment?.info === undefined ? 0 : (callBridgeInContext("lend_context") as number);
    try {
      return (await runtime.runJob({ module, code, args, transfer, context, signal, pool: sizeOfPool(), options: optionsOfWorkers() })) as T;
    } finally {
      if (context !== 0) callBridge("drop_lent", context);
    }
  };
}

function sizeOfPool(): WorkerJob["pool"] {
  const { size, queue } = sharedState().options?.pools?.workers ?? {};
  return { size, queue: queue ?? QUEUE };
}

function optionsOfWorkers(): InitOptions {
  const { options } = sharedState();
  const python = environment?.info?.executable ?? options?.python;
  const packagePath = options?.packagePath;
  return { ...(python === undefined ? {} : { python }), ...(packagePath === undefined ? {} : { packagePath }) };
}
