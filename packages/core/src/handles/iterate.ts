/**
 * Iterating over handles: what `[Symbol.iterator]()` and `[Symbol.asyncIterator]()` of a handle return. Both speak the whole protocol of a JS generator: `next(value)`, `return(value)` and `throw(error)`, and what a
 * Python generator returns is the `value` of the step that is `done`.
 */
import { CallSlot } from "../binding.ts";
import { isPyError } from "../errors.ts";
import { throwOnce } from "./throw-once.ts";
import { callBridge, callBridgeInContext } from "../environment/bridge-functions.ts";
import { giveBack } from "../environment/finalization.ts";
import { binding, prepare, tracksContext, callSlots, streamHandle } from "../environment/environment.ts";
import type { Handle } from "../environment/context.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf, live } from "../environment/refs.ts";
import { isReporting } from "./test-reports.ts";
import { isPromise } from "../realms.ts";

type Step = IteratorResult<unknown, unknown>;

/** `iter(object)` in JS. It lets go of Python's iterator when it ends, and when it is left: whatever only that held is freed at once. */
class PyIteration implements Iterator<unknown, unknown, unknown> {
  /** Python's iterator, until the end. */
  #iterator: Handle | undefined;
  #begun = false;

  constructor(iterator: unknown) {
    this.#iterator = handleOf(iterator)!;
  }

  next(value?: unknown): Step {
    const iterator = this.#iterator;
    if (iterator === undefined) return { done: true, value: undefined };
    // JS ignores what the first call is given, Python raises.
    const sent = value !== undefined && (this.#begun || callBridge("is_unstarted", iterator.proxy) !== true) ? value : undefined;
    this.#begun = true;
    const ref = live(iterator);
    if (tracksContext) prepare();
    let item: unknown;
    try {
      item = sent === undefined ? binding.next(ref) : binding.next(ref, sent);
    } catch (error) {
      this.#letGo();
      throw error;
    }
    if (callSlots[CallSlot.missing] === 0) return { done: false, value: item };
    this.#letGo();
    return { done: true, value: item };
  }

  return(value?: unknown): Step {
    const iterator = this.#iterator;
    if (iterator !== undefined) {
      try {
        callBridgeInContext("close", iterator.proxy);
      } finally {
        this.#letGo();
        // The iterator may be all that held a generator, as the one of `map()` does.
        binding.drain();
      }
    }
    return { done: true, value };
  }

  throw(error?: unknown): Step {
    const iterator = this.#iterator;
    if (iterator === undefined) throw error;
    try {
      return { done: false, value: callBridgeInContext("throw_into", iterator.proxy, throwOnce(error)) };
    } catch (thrown) {
      this.#letGo();
      if (isPyError(thrown) && thrown.name === "StopIteration") return { done: true, value: (thrown.value as PyObject)["value"] ?? undefined };
      throw thrown;
    }
  }

  #letGo(): void {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    if (iterator === undefined || iterator.ref === 0) return;
    giveBack(iterator.ref);
    iterator.ref = 0;
  }
}

/** What `for await` does with something that only `for` takes: see "AsyncFromSyncIterator" in the specification of JS. */
class AsyncIteration implements AsyncIterator<unknown, unknown, unknown> {
  readonly #steps: PyIteration;

  constructor(steps: PyIteration) {
    this.#steps = steps;
  }

  async next(value?: unknown): Promise<Step> {
    return this.#settle(this.#steps.next(value));
  }

  async return(value?: unknown): Promise<Step> {
    return this.#settle(this.#steps.return(value));
  }

  async throw(error?: unknown): Promise<Step> {
    return this.#settle(this.#steps.throw(error));
  }

  /** An item may be a promise. One that rejects ends the loop, and so closes the iterator. */
  async #settle({ done, value }: Step): Promise<Step> {
    if (!isPromise(value)) return { done, value } as Step;
    try {
      return { done, value: await value } as Step;
    } catch (error) {
      this.#steps.return();
      throw error;
    }
  }
}

// `Symbol.iterator` or `Symbol.asyncIterator`, and, where the engine has them, the disposal and the helpers of iterators.
const iteratorPrototype: unknown = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
Object.setPrototypeOf(PyIteration.prototype, iteratorPrototype as object);
const asyncIteratorPrototype: unknown = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));
Object.setPrototypeOf(AsyncIteration.prototype, asyncIteratorPrototype as object);

/** A handle's `[Symbol.iterator]`. */
export function iterate(this: unknown): Generator<unknown, unknown, unknown> {
  try {
    return new PyIteration(callBridgeInContext("iter", this)) as unknown as Generator<unknown, unknown, unknown>;
  } catch (error) {
    if (isReporting()) return [].values() as unknown as Generator<unknown, unknown, unknown>;
    throw error;
  }
}

/** A handle's `[Symbol.asyncIterator]`. */
export function iterateAsync(this: unknown): AsyncGenerator<unknown, unknown, unknown> {
  const iteration =
    callBridgeInContext("takes_async_for", this) === true
      ? streamHandle(this as PyObject)
      : new AsyncIteration(new PyIteration(callBridgeInContext("iter", this)));
  return iteration as unknown as AsyncGenerator<unknown, unknown, unknown>;
}
