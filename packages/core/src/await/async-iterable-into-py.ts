import type { PyObject } from "../environment/py-object.ts";
import { describe } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { ensure } from "../start/start.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { JsReader } from "../streams/js-reader.ts";
import { isIterable } from "../streams/js-source.ts";
import type { PromiseContext } from "./promise-into-py.ts";
import { callStreams, homeOf, markOf } from "../streams/streams.ts";

/** Options of {@link asyncIterableIntoPy}. */
export interface AsyncIterableIntoPyOptions {
  /** What the source runs in; those in force here unless given. */
  readonly locals?: TaskLocals;
  /**
   * How many items may have been read that Python has not taken, counting the one that is asked for: 16 unless given. 1 is strictly on demand: the source runs only while Python waits for
   * an item. With a greater one it runs ahead by up to `highWaterMark - 1` items, which then cross together, at a fraction of the cost.
   */
  readonly highWaterMark?: number;
}

/** What {@link asyncIterableIntoPy} takes: all that `for await` takes, and a `ReadableStream` also where it cannot be iterated over. */
export type JsIterable<T = unknown> = AsyncIterable<T> | Iterable<T> | { getReader(): unknown };

/**
 * An async generator for Python over what JS can iterate over: an async generator, a `ReadableStream`, a stream of Node's, an array. It has `asend`, `athrow` and `aclose`, and
 * `inspect.isasyncgen` says yes.
 *
 * Nothing is read before Python asks for the first item; a function is called then. When Python leaves early (`aclose`, a cancellation, or nobody holds the generator any more), `return()` of
 * the JS iterator is called, once, and `aclose` waits for it. A JS generator cannot be interrupted while it awaits something: a cancellation does not wait for that, unless the function form
 * listens to its signal, which aborts when Python leaves. Streams are told at once. `athrow(error)` throws at the `yield` where the source stands. With a `highWaterMark` of 1, `asend(value)` is `next(value)`.
 *
 * @throws InterloopError `bad-argument` for what cannot be iterated over and for a `highWaterMark` that is no whole number above 0. What the source throws is raised in Python.
 * @example
 * ```ts
 * import { asyncIterableIntoPy, python } from "@interloop/node";
 *
 * async function* letters() {
 *   try {
 *     yield* ["a", "b", "c"];
 *   } finally {
 *     console.log("closed"); // closed
 *   }
 * }
 *
 * python.exec(`
 * async def first(stream):
 *     async for item in stream:
 *         await stream.aclose()
 *         return item
 * `);
 * console.log(await python.eval("first")(asyncIterableIntoPy(letters()))); // a
 *
 * const ticks = asyncIterableIntoPy(({ signal }) => everySecond(signal));
 * async function* everySecond(signal: AbortSignal) {
 *   for (let tick = 0; !signal.aborted; tick++) {
 *     yield tick;
 *     await new Promise((resolve) => {
 *       const timer = setTimeout(resolve, 1000);
 *       signal.addEventListener("abort", () => resolve(clearTimeout(timer)));
 *     });
 *   }
 * }
 * console.log(await python.eval("first")(ticks)); // 0
 * ```
 */
export function asyncIterableIntoPy<T>(
  source: JsIterable<T> | ((context: PromiseContext) => JsIterable<T>),
  options: AsyncIterableIntoPyOptions = {},
): PyObject {
  ensure();
  const isFunction = typeof source === "function" && !isIterable(source);
  if (!isFunction && !isIterable(source)) {
    throw new InterloopError("bad-argument", `asyncIterableIntoPy takes an iterable, a stream, or a function that returns one, not ${describe(source)}`);
  }
  const make = isFunction ? (source as (context: PromiseContext) => unknown) : (): unknown => source;
  const { pull, throw: raise, leave } = new JsReader(make, markOf(options.highWaterMark), homeOf(options.locals));
  return callStreams("from_js", pull, raise, leave) as PyObject;
}
