import { environment } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { describe, handleOf, live } from "../environment/refs.ts";
import { checkToJsOptions, convertToJs } from "../convert/to-js.ts";
import type { ToJsOptions } from "../convert/to-js.ts";
import { InterloopError } from "../errors.ts";
import { errorOf } from "../errors/exceptions.ts";
import { ensure } from "../start/start.ts";
import { getRuntime } from "../runtime/runtime.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { PyIterator } from "../streams/iterate-python.ts";
import type { TakeItem } from "../streams/iterate-python.ts";
import { PyStream } from "../streams/py-stream.ts";
import { callStreams, homeOf, markOf } from "../streams/streams.ts";

/** Options of {@link intoAsyncIterable}. */
export interface IntoAsyncIterableOptions {
  /** The loop and the context to run in; those in force here unless given. */
  readonly locals?: TaskLocals;
  /** Aborting it ends the stream: the source is cancelled, or closed where it waits for JS, and the next `next()` rejects with the reason. */
  readonly signal?: AbortSignal;
  /**
   * How many items the source may have made that nobody has taken, counting the one that is asked for: 16 unless given. 1 is strictly on demand: the source runs only while somebody waits
   * for an item. With a greater one it runs ahead by up to `highWaterMark - 1` items, which then cross together, at a fraction of the cost.
   */
  readonly highWaterMark?: number;
  /** Convert each item deeply, as `python.toJs` does with these options (`true`: with none), and let go of its handle: bytes arrive as a Uint8Array, as a `Response` wants them. */
  readonly convert?: boolean | ToJsOptions;
}

/**
 * Iterate over what Python can iterate over with `async for` or `for`: an async generator, any async iterable, or a plain one. For `for await`, and for whatever takes an async iterable, as
 * `ReadableStream.from` does.
 *
 * Nothing runs before the first `next()`. Then one asyncio Task on the loop of the locals runs through the source, so contextvars, timeouts and cancel scopes in there work as at home. A
 * number or a text arrives as a value and everything else as a handle.
 *
 * Leaving early (`break`, `return()`) closes the source, and waits for it: `finally` blocks have run. What the source awaits at that moment is cancelled, by `throw()` as well. Otherwise that throws at the `yield` where the
 * source stands, and with a `highWaterMark` of 1 `next(value)` sends the value there. An iterator that is collected closes its source, too.
 *
 * Mirrors `pyo3_async_runtimes::tokio::into_stream_v1`, `into_stream_v2` and their `_with_locals` variants.
 *
 * @throws InterloopError `bad-argument` for what cannot be iterated over and for a `highWaterMark` that is no whole number above 0. `next()` rejects with what the source raises, or with
 * InterloopError `loop-closed` when the loop ends first, or `not-convertible` for an item that `convert` cannot convert: the source is closed then.
 * @example
 * ```ts
 * import { intoAsyncIterable, python } from "@interloop/node";
 *
 * python.exec(`
 * import asyncio
 *
 * async def count(to):
 *     try:
 *         for number in range(to):
 *             await asyncio.sleep(0.001)
 *             yield number
 *     finally:
 *         print("closed")
 * `);
 *
 * for await (const number of intoAsyncIterable<number>(python.eval("count")(10))) {
 *   console.log(number); // 0
 *   if (number === 0) break;
 * }
 *
 * const stream = ReadableStream.from(intoAsyncIterable<number>(python.eval("[1, 2, 3]")));
 * console.log(await Array.fromAsync(stream)); // [ 1, 2, 3 ]
 *
 * const body = ReadableStream.from(intoAsyncIterable<Uint8Array>(python.eval("[b'ab', b'c']"), { convert: true }));
 * console.log(await new Response(body).text()); // abc
 * ```
 */
export function intoAsyncIterable<T = PyObject>(source: PyObject, options: IntoAsyncIterableOptions = {}): AsyncIterableIterator<T> {
  ensure();
  const handle = handleOf(source);
  if (handle === undefined) throw new InterloopError("bad-argument", `intoAsyncIterable takes the handle of a Python iterable, not ${describe(source)}`);
  live(handle);
  const { locals, signal } = options;
  const mark = markOf(options.highWaterMark);
  const take = converting(options.convert);
  if (callStreams("can_be_iterated", source) !== true) {
    throw new InterloopError("bad-argument", "intoAsyncIterable takes a Python object that has __aiter__ or __iter__, and this one has neither");
  }
  // The iterator may leave the `python.scope` that it is made in, and nothing is read before.
  if (environment.onHandleCreated !== undefined) getRuntime().asyncContext.getTaskLocals()?._handles?.remove(handle);
  return new PyIterator(new PyStream(source, { mark, locals, signal, home: homeOf(locals) }), take) as unknown as AsyncIterableIterator<T>;
}

/** What becomes of each item for that option. */
function converting(options: boolean | ToJsOptions | undefined): TakeItem | undefined {
  if (options === undefined || options === false) return undefined;
  if (options !== true && (typeof options !== "object" || options === null)) {
    throw new InterloopError("bad-argument", `convert is true or an object of options of python.toJs, not ${describe(options)}`);
  }
  const forms = options === true ? {} : options;
  checkToJsOptions(forms);
  return (item) => {
    const converted = convertToJs(item, forms, errorOf);
    const handle = handleOf(item);
    if (handle !== undefined && converted !== item) (item as PyObject)[Symbol.dispose]();
    return converted;
  };
}
