import { JoinHandle } from "./join-handle.ts";
import { Task } from "./task.ts";
import type { Spawnable, SpawnOptions } from "./task.ts";

/**
 * Begin a task: `work` is called soon after this returns, with the caller's async context and task-locals. It may be a function, which is given its signal; the awaitable of a Python call, or a Python function that is
 * called without arguments; or a promise. When a function returns the awaitable of a Python call (without being `async`), aborting the task cancels that as well.
 *
 * Mirrors `pyo3_async_runtimes::generic::Runtime::spawn` and `spawn_local`.
 *
 * @throws InterloopError `bad-argument` for what cannot be a task. What `work` throws rejects the handle.
 * @example
 * ```ts
 * import { isJoinError, python, spawn } from "@interloop/node";
 *
 * const asyncio = python.import("asyncio");
 * const handle = spawn(() => asyncio.sleep(3600));
 * handle.abort(new Error("enough"));
 * await handle.catch((error: unknown) => {
 *   if (isJoinError(error)) console.log(error.isCancelled, String(error.cause)); // true Error: enough
 * });
 * console.log(await spawn(async ({ signal }) => (signal.aborted ? "stopped" : "done"))); // done
 * ```
 */
export function spawn<T>(work: Spawnable<T>, options: SpawnOptions = {}): JoinHandle<T> {
  return new JoinHandle(new Task(work, options));
}
