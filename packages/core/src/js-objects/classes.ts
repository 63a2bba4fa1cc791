/** JS classes, as Python asks about them. */
import { byReference } from "../convert/js-ref.ts";
import { Refusal } from "../errors/unsupported.ts";
import { isPromise, isTypeError } from "../realms.ts";

type Fn = (...args: unknown[]) => unknown;

/** Call `fn`; a class is constructed, as in Python. */
export function invoke(fn: Fn, self: unknown, args: unknown[]): unknown {
  try {
    return Reflect.apply(fn, self, args);
  } catch (error) {
    // The engine says so before any code of the class has run, and ordinary functions pay nothing for it.
    if (!isTypeError(error) || !needsNew(fn)) throw error;
    // As of `interloop.new`: what is made is itself, not a copy.
    const made: unknown = Reflect.construct(fn, args);
    return isPromise(made) ? made : byReference(made);
  }
}

/** Is it a class, of the program or of the engine? What an engine's function throws by itself leaves nothing half done. */
function needsNew(fn: Fn): boolean {
  const text = Function.prototype.toString.call(fn);
  return text.startsWith("class") || (/^function [A-Z]\w*\(\) \{\s*\[native code\]/.test(text) && Object.hasOwn(fn, "prototype"));
}

/** `value instanceof target`. */
export function isInstance(target: unknown, value: unknown): boolean {
  try {
    return value instanceof (target as Fn);
  } catch (error) {
    if (hasPrototype(target)) throw error;
    throw new Refusal("TypeError", "isinstance() arg 2 is a JavaScript function that has no instances");
  }
}

/** Is `other` the class `target`, or does it inherit from it? */
export function isSubclass(target: unknown, other: unknown): boolean {
  if (!hasPrototype(target) || !hasPrototype(other)) throw new Refusal("TypeError", "issubclass() takes JavaScript classes, and this function is none");
  return target === other || Object.prototype.isPrototypeOf.call(target.prototype, other.prototype);
}

function hasPrototype(value: unknown): value is { readonly prototype: object } {
  return typeof value === "function" && typeof value.prototype === "object" && value.prototype !== null;
}
