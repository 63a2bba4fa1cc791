/** Python's context managers in JS. */
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import { byReference } from "../convert/js-ref.ts";
import { whileRunning } from "./in-loop.ts";
import type { PyAwaitable, PyObject } from "../environment/py-object.ts";
import { asValue, handleOf } from "../environment/refs.ts";
import { intoPromise } from "../await/into-promise.ts";
import { ask, checked } from "./ask.ts";
import { isPromise } from "../realms.ts";

/** A context manager that was entered; see {@link Python.enter}. */
export interface PyContext<T = PyObject> {
  /** What `__enter__` returned. */
  readonly value: T;
  /** Calls `__exit__(None, None, None)`, once. */
  [Symbol.dispose](): void;
}

/** An async context manager that was entered; see {@link Python.enterAsync}. */
export interface PyAsyncContext<T = PyObject> {
  /** What `__aenter__` returned. */
  readonly value: T;
  /** Calls and awaits `__aexit__(None, None, None)`, once. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The context managers of {@link Python}. */
export interface PythonContexts {
  /**
   * Enter a context manager. With a function, `with manager as value: fn(value)`: what the function throws reaches `__exit__`, which may swallow it (the result is then null). Of an async function, or one that
   * returns a coroutine, the context lasts until it has ended, and the result is a promise. Without a function, an object for `using`; JS does not tell it of errors, so `__exit__` is then always told of success.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const lock = python.import("threading").Lock();
   * python.enter(lock, () => console.log(lock.locked())); // true
   * console.log(lock.locked()); // false
   * ```
   */
  enter<T = PyObject>(manager: { __enter__(): T }): PyContext<T>;
  enter<T = PyObject>(manager: object): PyContext<T>;
  enter<T = PyObject, R = unknown>(manager: { __enter__(): T }, fn: (value: T) => R): R;
  enter<T = PyObject, R = unknown>(manager: object, fn: (value: T) => R): R;
  /**
   * Enter an async context manager: as {@link Python.enter}, for `async with` and `await using`. A function that makes the manager is called while the loop runs, as {@link Python.inLoop} does it. One Task
   * enters the context and leaves it, so that timeouts, task groups and cancel scopes may be entered; a manager for plain `with`, such as anyio's `move_on_after`, is entered in that Task as well.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const lock = python.import("asyncio").Lock();
   * await python.enterAsync(lock, async () => console.log(lock.locked())); // true
   * console.log(lock.locked()); // false
   *
   * const asyncio = python.import("asyncio");
   * const nested = python.enterAsync(() => asyncio.Semaphore(2), () => asyncio.sleep(0, "in the semaphore"));
   * console.log(await nested); // in the semaphore
   * ```
   */
  enterAsync<T = PyObject>(manager: AsyncManager<T> | (() => AsyncManager<T>)): Promise<PyAsyncContext<T>>;
  enterAsync<T = PyObject>(manager: object | (() => unknown)): Promise<PyAsyncContext<T>>;
  enterAsync<T = PyObject, R = unknown>(manager: AsyncManager<T> | (() => AsyncManager<T>), fn: (value: T) => R | PromiseLike<R>): Promise<R>;
  enterAsync<T = PyObject, R = unknown>(manager: object | (() => unknown), fn: (value: T) => R | PromiseLike<R>): Promise<R>;
}

/** An async context manager whose type is known. */
interface AsyncManager<T> {
  __aenter__(): PromiseLike<T>;
}

/** What `fn` returns goes through Python to our own caller: it stays itself. */
function unchanged<A extends unknown[]>(fn: (...args: A) => unknown): (...args: A) => unknown {
  return (...args) => {
    const result = fn(...args);
    return isPromise(result) ? result.then(byReference) : byReference(result);
  };
}

export function enter<T>(manager: object): PyContext<T>;
export function enter<T, R>(manager: object, fn: (value: T) => R): R;
export function enter<T, R>(manager: object, fn?: (value: T) => R): PyContext<T> | R {
  if (fn !== undefined) {
    const result = ask("with_", checked(manager), unchanged(fn));
    // The function goes on, and the context with it.
    return (handleOf(result)?.coroutine === true ? intoPromise(result as PyAwaitable) : result) as R;
  }
  const value = asValue(ask("enter", checked(manager))) as T;
  let entered = true;
  return {
    value,
    [Symbol.dispose](): void {
      if (!entered) return;
      entered = false;
      callBridgeInContext("leave", manager);
    },
  };
}

export function enterAsync<T>(manager: object | (() => unknown)): Promise<PyAsyncContext<T>>;
export function enterAsync<T, R>(manager: object | (() => unknown), fn: (value: T) => R | PromiseLike<R>): Promise<R>;
export async function enterAsync<T, R>(manager: object | (() => unknown), fn?: (value: T) => R | PromiseLike<R>): Promise<PyAsyncContext<T> | R> {
  const makes = typeof manager === "function" && handleOf(manager) === undefined;
  const given = makes ? whileRunning(manager as () => unknown) : checked(manager);
  if (fn !== undefined) return (await (ask("async_with", given, unchanged(whileRunning(fn)), makes) as PyAwaitable<R>)) as R;
  const held = await (ask("enter_async", given, makes) as PyAwaitable<PyObject>);
  let entered = true;
  return {
    value: asValue(callBridgeInContext("entered", held)) as T,
    async [Symbol.asyncDispose](): Promise<void> {
      if (!entered) return;
      entered = false;
      await (callBridgeInContext("leave_async", held) as PyAwaitable<null>);
    },
  };
}
