import { environment } from "../environment/environment.ts";
import type { HandleOwner } from "../environment/context.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf } from "../environment/refs.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { PyStream } from "./py-stream.ts";
import { homeOf } from "./streams.ts";

/** Nothing that Python holds leads here unless somebody waits, so it can be collected. */
export class PyIterator implements AsyncIterator<unknown, unknown, unknown> {
  readonly #stream: PyStream;
  /** Of the items. */
  readonly #owner: HandleOwner | undefined;

  constructor(stream: PyStream, owner?: HandleOwner) {
    this.#stream = stream;
    this.#owner = owner;
  }

  next(value?: unknown): Promise<IteratorResult<unknown, undefined>> {
    const step = this.#stream.next(this, value);
    return this.#owner === undefined ? step : step.then(this.#own);
  }

  readonly #own = (step: IteratorResult<unknown, undefined>): IteratorResult<unknown, undefined> => {
    const item = handleOf(step.value);
    if (item !== undefined) this.#owner!.add(item);
    return step;
  };

  return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return this.#stream.return(value);
  }

  throw(error?: unknown): Promise<IteratorResult<unknown, undefined>> {
    return this.#stream.throw(this, error);
  }
}

// `Symbol.asyncIterator` and, where the engine has it, `Symbol.asyncDispose`.
const asyncIteratorPrototype: unknown = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));
Object.setPrototypeOf(PyIterator.prototype, asyncIteratorPrototype as object);

/** `for await` over a handle: as in JS, on demand. What it gives belongs to the `python.scope` around it, as what any use of a handle gives. */
export function streamHandle(source: PyObject): object {
  const owner = environment.onHandleCreated === undefined ? undefined : getRuntime().asyncContext.getTaskLocals()?._handles;
  return new PyIterator(new PyStream(source, { mark: 1, locals: undefined, signal: undefined, home: homeOf(undefined) }), owner);
}
