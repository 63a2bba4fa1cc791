/** JS functions that are called while Python's loop runs. */
import { callBridge } from "../environment/bridge-functions.ts";
import type { PyAwaitable, PyObject } from "../environment/py-object.ts";
import { describe } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { ask } from "./ask.ts";

/** The part of {@link Python} that concerns the running loop. */
export interface PythonLoop {
  /**
   * Call `fn` in a Task, while the event loop runs. In a plain call from JS no loop runs, so what needs one raises "no running event loop": `aiohttp` and `aiokafka` objects, `asyncio.create_task`, anyio's task
   * groups, `dask`'s asynchronous clients. Make these here. Of an async function the part before its first `await` runs in the loop.
   *
   * The loop is that of the nearest {@link scope} or {@link run}, else the default one. One that runs on another thread waits there while `fn` runs here.
   *
   * @returns What `fn` returned. As with an async function, what can be awaited is awaited: return `{ task }` to get a Task itself.
   * @throws Nothing; it rejects: with what `fn` throws, `bad-argument` for what is no function, `loop-closed` when the loop ends first.
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const asyncio = python.import("asyncio");
   * const { task } = await python.inLoop(() => ({ task: asyncio.get_running_loop().create_task(asyncio.sleep(0, "done")) }));
   * console.log(await task); // done
   * ```
   */
  inLoop<T>(fn: () => T): Promise<Awaited<T>>;
}

export async function inLoop<T>(fn: () => T): Promise<Awaited<T>> {
  if (typeof fn !== "function") throw new InterloopError("bad-argument", `python.inLoop takes a function, not ${describe(fn)}`);
  let result: { value: T } | { error: unknown } | undefined;
  const call = whileRunning(() => {
    try {
      result = { value: fn() };
    } catch (error) {
      result = { error };
    }
  });
  await (ask("in_loop", call) as PyAwaitable<null>);
  const ended = result as { value: T } | { error: unknown };
  if ("error" in ended) throw ended.error;
  return await ended.value;
}

/** `fn` as a Task calls it, which hands its loop over. While `fn` runs that loop is the running one here, too; if it is one of another thread, that thread waits meanwhile. */
export function whileRunning<A extends unknown[], T>(fn: (...args: A) => T): (loop: PyObject, ...args: A) => T {
  return (loop, ...args) => {
    const borrowed = callBridge("borrow_loop", loop) === true;
    try {
      return fn(...args);
    } finally {
      if (borrowed) callBridge("return_loop", loop);
    }
  };
}
