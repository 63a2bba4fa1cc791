import { callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyAwaitable, PyObject } from "../environment/py-object.ts";
import { describe } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { callOfPython } from "../calls/python-call.ts";
import { ensure } from "../start/start.ts";
import { scope } from "../runtime/scope.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import type { PromiseContext } from "./promise-into-py.ts";

/** Options of {@link intoCoroutine}. */
export interface IntoCoroutineOptions {
  /** The loop and the context that the function sees; those of whoever awaits the coroutine unless given. */
  readonly locals?: TaskLocals;
}

/**
 * Make a Python coroutine object of an async function: a real one, for `asyncio.run` on a thread of Python's own, `create_task`, `gather`, `wait_for`, `run_coroutine_threadsafe` and whatever else asks for a coroutine. The
 * function is called when the coroutine is first awaited, by the loop that awaits it; making it needs no running loop. It always runs on this thread, inside {@link scope} with the loop that waits. Python warns when
 * nobody ever awaits it.
 *
 * Mirrors `pyo3_asyncio::into_coroutine`.
 *
 * @throws InterloopError `bad-argument` for what is no function. What the function throws is raised where the coroutine is awaited.
 * @example
 * ```ts
 * import { intoCoroutine, python } from "@interloop/node";
 *
 * const asyncio = python.import("asyncio");
 * const coroutine = intoCoroutine(async ({ signal }) => (signal.aborted ? 0 : 42));
 * console.log(asyncio.iscoroutine(coroutine)); // true
 * console.log(await asyncio.to_thread(asyncio.run, coroutine)); // 42
 * ```
 */
export function intoCoroutine<T>(fn: (context: PromiseContext) => T | PromiseLike<T>, options: IntoCoroutineOptions = {}): PyAwaitable<T> & PyObject {
  if (typeof fn !== "function") throw new InterloopError("bad-argument", `intoCoroutine takes a function, not ${describe(fn)}`);
  ensure();
  const { locals } = options;
  const start = (): Promise<T> => {
    const call = callOfPython();
    // An async function, so that a synchronous throw becomes a rejection as well.
    const run = async (): Promise<T> => fn(call);
    return locals === undefined ? run() : scope(locals, run);
  };
  return callBridgeInContext("make_coroutine", start, fn.name === "" ? "(anonymous)" : fn.name) as PyAwaitable<T> & PyObject;
}
