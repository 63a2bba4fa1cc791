import { binding, environment } from "../environment/environment.ts";
import { recordFuture } from "../errors/crossing-origins.ts";
import type { PyAwaitable, PyObject } from "../environment/py-object.ts";
import { describe, refOf } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { currentLoopRef } from "../loop/loop-ref.ts";
import { PythonCall, within } from "../calls/python-call.ts";
import { ensure } from "../start/start.ts";
import { defaultLoop } from "../loop/hosted.ts";
import { scope } from "../runtime/scope.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";

/** Options of {@link promiseIntoPy}. */
export interface PromiseIntoPyOptions {
  /** The loop of the Future, and what the function runs in; those in force here unless given. */
  readonly locals?: TaskLocals;
}

/** What the function form of {@link promiseIntoPy}, and the function of {@link intoCoroutine}, are given. */
export interface PromiseContext {
  /** Aborts when Python cancels what waits for the function. The same as {@link getCurrentSignal} inside of it. */
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
): PyAwaitable<T> & PyObject {
  ensure();
  const { locals } = options;
  if (typeof promiseOrFn === "function") return fromFunction(promiseOrFn as (context: PromiseContext) => T | PromiseLike<T>, locals);
  if (typeof promiseOrFn !== "object" || promiseOrFn === null || typeof promiseOrFn.then !== "function") {
    throw new InterloopError("bad-argument", `promiseIntoPy takes a promise or a function that returns one, not ${describe(promiseOrFn)}`);
  }
  return futureOf(Promise.resolve(promiseOrFn), locals) as PyAwaitable<T> & PyObject;
}

function fromFunction<T>(fn: (context: PromiseContext) => T | PromiseLike<T>, given: TaskLocals | undefined): PyAwaitable<T> & PyObject {
  const call = new PythonCall();
  // An async function, so that a synchronous throw becomes a rejection as well.
  const run = async (): Promise<T> => fn(call);
  // Without locals those in force here stay in force.
  const promise = within(call, given === undefined ? run : () => scope(given, run));
  return futureOf(promise, given, call) as PyAwaitable<T> & PyObject;
}

function futureOf(promise: Promise<unknown>, locals: TaskLocals | undefined, call?: PythonCall): PyObject {
  const loop = locals === undefined ? currentLoopRef() : locals._loop === undefined ? 0 : refOf(locals._loop, "The event loop");
  if (loop === 0) defaultLoop(); // the program may have closed the one before
  const watched = environment.watch(promise, call);
  const future = binding.futureOf(call === undefined ? watched : call.follow(promise, watched), loop) as PyObject;
  if (environment.debug) recordFuture(future);
  return future;
}
