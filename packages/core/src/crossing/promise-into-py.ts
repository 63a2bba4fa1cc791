import { callHelper } from "../bridge/helpers.ts";
import { environment } from "../bridge/link.ts";
import { cancelled } from "../bridge/operate.ts";
import type { PyAwaitable, PyObject } from "../bridge/py-object.ts";
import { describe, refOf } from "../bridge/refs.ts";
import { InterloopError } from "../errors.ts";
import { currentLoopRef } from "../loop/loop-ref.ts";
import { ensure } from "../loop/start.ts";
import { host } from "../loop/hosted.ts";
import { scope } from "../runtime.ts";
import type { TaskLocals } from "../task-locals.ts";

/** Options of {@link promiseIntoPy}. */
export interface PromiseIntoPyOptions {
  /** The loop of the Future, and what the function runs in; those in force here unless given. */
  readonly locals?: TaskLocals;
}

/** What the function form of {@link promiseIntoPy} is given. */
export interface PromiseContext {
  /** Aborts when Python cancels the Future. */
  readonly signal: AbortSignal;
}

/**
 * Turn a promise, or what an async function does, into an `asyncio.Future` of the current loop. The function is called at once, inside {@link scope}, and learns through its signal that Python
 * cancelled the Future; its result is dropped then.
 *
 * Mirrors `pyo3_async_runtimes::tokio::future_into_py`, `local_future_into_py` and their `_with_locals` variants.
 *
 * @throws InterloopError `bad-argument` for what is neither a promise nor a function. What the function throws goes into the Future.
 * @example
 * ```ts
 * import { promiseIntoPy, python } from "@interloop/node";
 *
 * const future = promiseIntoPy(async ({ signal }) => (signal.aborted ? 0 : 42));
 * console.log(await python.import("asyncio").wait_for(future, 1)); // 42
 * ```
 */
export function promiseIntoPy<T>(
  promiseOrFn: PromiseLike<T> | ((context: PromiseContext) => T | PromiseLike<T>),
  options: PromiseIntoPyOptions = {},
): PyAwaitable<T> {
  ensure();
  const { locals } = options;
  if (typeof promiseOrFn === "function") return fromFunction(promiseOrFn as (context: PromiseContext) => T | PromiseLike<T>, locals);
  if (typeof promiseOrFn !== "object" || promiseOrFn === null || typeof promiseOrFn.then !== "function") {
    throw new InterloopError("bad-argument", `promiseIntoPy takes a promise or a function that returns one, not ${describe(promiseOrFn)}`);
  }
  return futureOf(Promise.resolve(promiseOrFn), locals) as PyAwaitable<T>;
}

function fromFunction<T>(fn: (context: PromiseContext) => T | PromiseLike<T>, given: TaskLocals | undefined): PyAwaitable<T> {
  const cancel = new Cancellation();
  // An async function, so that a synchronous throw becomes a rejection as well. An error may keep the calls that it went through, and with them what these hold.
  const run = async (): Promise<T> => {
    try {
      return await fn(cancel);
    } finally {
      cancel.end();
    }
  };
  // Without locals those in force here stay in force.
  const promise = given === undefined ? run() : scope(given, run);
  const future = futureOf(promise, given);
  cancel.follow(future, promise);
  return future as PyAwaitable<T>;
}

function futureOf(promise: Promise<unknown>, locals: TaskLocals | undefined): PyObject {
  const loop = locals === undefined ? currentLoopRef() : locals._loop === undefined ? 0 : refOf(locals._loop, "The event loop");
  if (loop === 0 && environment.loop === undefined) host();
  return environment.binding.futureOf(environment.watch(promise), loop) as PyObject;
}

/** The signal of one call, made when it is asked for: most functions do not look at it. */
class Cancellation implements PromiseContext {
  #controller: AbortController | undefined;
  #future: PyObject | undefined;
  #promise: Promise<unknown> | undefined;
  #ended = false;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#future !== undefined) this.#attach();
    }
    return this.#controller.signal;
  }

  follow(future: PyObject, promise: Promise<unknown>): void {
    if (this.#ended) return;
    this.#future = future;
    this.#promise = promise;
    if (this.#controller !== undefined) this.#attach();
  }

  /** There is nothing to cancel any more. */
  end(): void {
    this.#ended = true;
    this.#future = this.#promise = undefined;
  }

  #attach(): void {
    const controller = this.#controller!;
    const promise = this.#promise!;
    callHelper("on_cancel", this.#future, () => {
      cancelled.set(promise, controller.signal);
      controller.abort();
    });
  }
}
