/** From a handle to its Ref. */
import { InterloopError } from "../errors.ts";
import type { Ref } from "../binding.ts";
import type { Handle } from "./context.ts";
import type { PyObject } from "./py-object.ts";

/** The property by which a handle is known, in whichever copy of this package. */
export const HANDLE: unique symbol = Symbol.for("interloop.handle") as never;

/** The state behind a handle of whichever copy of this package, or undefined for any other value. */
export function handleOf(value: unknown): Handle | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  try {
    const handle = (value as Record<symbol, unknown>)[HANDLE] as Handle | undefined;
    // Asking for the proxy keeps out whatever inherits from a handle, and proxies that answer everything.
    return handle !== undefined && handle.proxy === value ? handle : undefined;
  } catch {
    return undefined; // A revoked or hostile proxy is no handle.
  }
}

/** What a helper returned, as a value: unlike the result of a call of the program's own it has no `then`. */
export function asValue(value: unknown): unknown {
  const handle = handleOf(value);
  if (handle !== undefined) handle.awaitable = false;
  return value;
}

/** Is this the handle of a Python object? */
export function isPyObject(value: unknown): value is PyObject {
  return handleOf(value) !== undefined;
}

/** The Ref of a handle. Throws `handle-disposed`, and `bad-argument` for any other value, in words that name `what`. */
export function refOf(value: unknown, what: string): Ref {
  const handle = handleOf(value);
  if (handle === undefined) throw new InterloopError("bad-argument", `${what} must be the handle of a Python object, not ${describe(value)}`);
  return live(handle);
}

/** The Ref of a handle that is in use. Throws `handle-disposed`. */
export function live(handle: Handle): Ref {
  if (handle.ref === 0) throw new InterloopError("handle-disposed", whyDisposed(handle));
  return handle.ref;
}

/** Handles that a `python.scope` has released. */
export const endedWithScope: WeakSet<Handle> = new WeakSet();

function whyDisposed(handle: Handle): string {
  if (endedWithScope.has(handle)) return "This handle was released when its python.scope() ended; return it from there, or keep() it";
  return "This handle was disposed, or its coroutine was awaited already; ask Python for the object again";
}

/** A value, in a few words for an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (typeof value === "object") return "a JS object";
  if (typeof value === "function") return "a JS function";
  return `the ${typeof value} ${String(value)}`;
}
