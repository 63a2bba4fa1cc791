/**
 * The method `then` of a Python object that is no awaitable, as polars' `when(...)` has one.
 *
 * JS takes whatever has a `then` for a promise: `await`, and the end of an async function, call it with two functions, one to resolve and one to reject. So does
 * code that looks for promises. Such a call gets the object itself, as if it had no `then`; every other call is a call of the Python method.
 */
import { binding, prepare, tracksContext } from "../environment/environment.ts";
import type { Handle } from "../environment/context.ts";
import { handleOf } from "../environment/refs.ts";

/** A promise is being resolved with this handle: it looks for a `then` at once, and must find none. */
let resolving: Handle | undefined;

const isJsFunction = (value: unknown): boolean => typeof value === "function" && handleOf(value) === undefined;

/** What a handle shows as `then`. */
export function pythonThen(handle: Handle): unknown {
  const { ref, proxy } = handle;
  if (handle === resolving || ref === 0) return undefined;
  if (tracksContext) prepare();
  const method = binding.getAttr(ref, "then");
  if (typeof method !== "function") return method;
  return (...args: unknown[]): unknown => {
    const [resolve, reject] = args;
    if (args.length !== 2 || !isJsFunction(resolve) || !isJsFunction(reject)) return method(...args);
    const before = resolving;
    resolving = handle;
    try {
      return (resolve as (value: unknown) => unknown)(proxy);
    } finally {
      resolving = before;
    }
  };
}
