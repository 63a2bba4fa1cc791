import type { Ref } from "../binding.ts";
import { binding, environment } from "../environment/environment.ts";
import { cancelledError } from "../errors/exceptions.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import type { Handle } from "../environment/context.ts";
import type { PyAwaitable, PyHandle, PyObject } from "../environment/py-object.ts";
import { describe, handleOf, live, refOf } from "../environment/refs.ts";
import { InterloopError, isPyError } from "../errors.ts";
import { currentLoopRef } from "../loop/loop-ref.ts";
import { convert, UNSEEN } from "../loop/guest.ts";
import { awaitHandle } from "../loop/await-handle.ts";
import { ensure } from "../start/start.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { isError } from "../realms.ts";

/** Options of {@link intoPromise}. */
export interface IntoPromiseOptions {
  /** The loop and the context to run in; those in force here unless given. */
  readonly locals?: TaskLocals;
  /** Aborting it cancels the Python task. */
  readonly signal?: AbortSignal;
}

/**
 * Run a Python awaitable and get its result as a promise. It starts at once, in an asyncio Task of its own on the loop of the locals. A plain `await` does the same for what a Python
 * call returned; this is for options, and for awaitables that arrived in another way.
 *
 * When the signal aborts, the Task is cancelled, and the promise settles when the Task has ended, so `finally` blocks have run: it rejects with `signal.reason`, or
 * resolves if the coroutine returned a value after all. With a signal that is aborted already nothing is started.
 *
 * Mirrors `pyo3_async_runtimes::tokio::into_future` and `into_future_with_locals`.
 *
 * @throws Nothing; it rejects: with PyError for a Python exception, with InterloopError `not-awaitable` for what is no awaitable, `loop-closed` or `abandoned` when the loop ends first.
 * @example
 * ```ts
 * import { intoPromise, python } from "@interloop/node";
 *
 * const asyncio = python.import("asyncio");
 * console.log(await intoPromise(asyncio.sleep(0.01, "done"))); // done
 *
 * const signal = AbortSignal.timeout(20);
 * await intoPromise(asyncio.sleep(60), { signal }).catch((error: Error) => console.log(error.name)); // TimeoutError
 * ```
 */
export function intoPromise<T = PyObject>(awaitable: PyAwaitable<T> | PyHandle, options: IntoPromiseOptions = {}): Promise<T> {
  try {
    ensure();
    const handle = handleOf(awaitable);
    if (handle === undefined) throw new InterloopError("not-awaitable", `intoPromise takes the handle of a Python awaitable, not ${describe(awaitable)}`);
    const begun = handle.promise !== undefined || handle.share !== undefined;
    if (!begun) live(handle);
    if (!handle.awaitable && callBridge("is_awaitable", handle.proxy) !== true) {
      throw new InterloopError("not-awaitable", `The Python object ${callBridge("repr", handle.proxy) as string} cannot be awaited`);
    }
    const { locals, signal } = options;
    if (signal?.aborted === true) {
      if (!begun) callBridge("discard", handle.proxy);
      return Promise.reject(signal.reason as Error);
    }
    const promise = begin(handle, locals, begun);
    return (signal === undefined ? promise : withSignal(handle, promise, signal, begun)) as Promise<T>;
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

function begin(handle: Handle, locals: TaskLocals | undefined, begun: boolean): Promise<unknown> {
  // Unlike a plain await this is a call, made here.
  handle.origin = undefined;
  if (handle.awaitable && (begun || locals === undefined)) return awaitHandle(handle);
  const loop: Ref = locals === undefined ? currentLoopRef() : locals._loop === undefined ? 0 : refOf(locals._loop, "The event loop");
  const promise = convert(handle, loop, locals?._contextRef ?? 0);
  if (handle.awaitable) handle.promise = promise;
  return promise;
}

function withSignal(handle: Handle, promise: Promise<unknown>, signal: AbortSignal, begun: boolean): Promise<unknown> {
  const { conversion } = handle;
  let asked = false;
  let listening = false;
  // Somebody else may await the handle as well, and is not told that JS cancelled.
  let unseen = false;
  let words = "";
  const share = (): Promise<unknown> => {
    if (!unseen) return promise;
    return promise.catch((error: unknown) => {
      throw error === UNSEEN ? (cancelledError(words) ?? signal.reason) : error;
    });
  };
  if (!begun && handle.awaitable) {
    handle.promise = undefined;
    handle.share = share;
  }
  const cancel = (): void => {
    if (!environment.conversions.isPending(conversion)) return;
    words = reasonInWords(signal.reason);
    unseen = !begun && handle.promise === undefined;
    asked = binding.cancelTask(conversion, words, unseen);
  };
  const done = (): void => {
    if (listening && !asked) signal.removeEventListener("abort", cancel);
  };
  const result = promise.then(
    (value) => {
      done();
      return value;
    },
    (error: unknown) => {
      done();
      if (error === UNSEEN || (asked && isPyError(error) && error.name === "CancelledError")) throw signal.reason;
      throw error;
    },
  );
  // The first step may have aborted it.
  if (signal.aborted) cancel();
  else if (environment.conversions.isPending(conversion)) {
    listening = true;
    signal.addEventListener("abort", cancel, { once: true });
  }
  return result;
}

function reasonInWords(reason: unknown): string {
  try {
    return isError(reason) ? reason.message : String(reason);
  } catch {
    return "";
  }
}
