import { environment } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf } from "../environment/refs.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { PyStream } from "./py-stream.ts";
import { homeOf } from "./streams.ts";

/** What becomes of each item. */
export type TakeItem = (item: unknown) => unknown;

/** Nothing that Python holds leads here unless somebody waits, so it can be collected. */
export class PyIterator implements AsyncIterator<unknown, unknown, unknown> {
  readonly #stream: PyStream;
  readonly #take: TakeItem | undefined;

  constructor(stream: PyStream, take?: TakeItem) {
    this.#stream = stream;
    this.#take = take;
  }

  next(value?: unknown): Promise<IteratorResult<unknown, undefined>> {
    const step = this.#stream.next(this, value);
    return this.#take === undefined ? step : this.#taking(step, this.#take);
  }

  async #taking(step: Promise<IteratorResult<unknown, undefined>>, take: TakeItem): Promise<IteratorResult<unknown, undefined>> {
    const { done, value } = await step;
    if (done === true) return { done, value: undefined };
    try {
      return { done: false, value: take(value) };
    } catch (error) {
      // Whoever gets this error of `next()` does not call `return()`.
      await this.#stream.return(undefined);
      throw error;
    }
  }

  return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return this.#stream.return(value);
  }

  throw(error?: unknown): Promise<IteratorResult<unknown, undefined>> {
    const step = this.#stream.throw(this, error);
    return this.#take === undefined ? step : this.#taking(step, this.#take);
  }
}

// `Symbol.asyncIterator` and, where the engine has it, `Symbol.asyncDispose`.
const asyncIteratorPrototype: unknown = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));
Object.setPrototypeOf(PyIterator.prototype, asyncIteratorPrototype as object);

/** `for await` over a handle: as in JS, on demand. What it gives belongs to the `python.scope` around it, as what any use of a handle gives. */
export function streamHandle(source: PyObject): object {
  const owner = environment.onHandleCreated === undefined ? undefined : getRuntime().asyncContext.getTaskLocals()?._handles;
  const own = (item: unknown): unknown => {
    const handle = handleOf(item);
    if (handle !== undefined) owner!.add(handle);
    return item;
  };
  return new PyIterator(
    new PyStream(source, { mark: 1, locals: undefined, signal: undefined, home: homeOf(undefined) }),
    owner === undefined ? undefined : own,
  );
}
