/**
 * Handles as functions: what JavaScript's libraries ask of a function that they were given, and `new`.
 *
 * Python's attributes come first. Where a callable has no attribute `call`, `apply`, `bind`, `toString`, `name` or `length`, it has that of a JS function.
 */
import { InterloopError } from "../errors.ts";
import { callBridge, callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";

/** The member of a JS function that the handle of a callable has as well; undefined: there is none. */
export function functionMember(proxy: PyObject, key: string, isType: boolean): unknown {
  switch (key) {
    case "call":
      return Function.prototype.call;
    case "apply":
      return Function.prototype.apply;
    case "bind":
      return Function.prototype.bind;
    case "toString":
      return toText;
    case "name":
      return callBridge("name_of", proxy);
    case "length":
      return callBridgeInContext("arity_of", proxy);
    case "prototype":
      // JS asks for it where a class extends this one, before any code of that class runs.
      if (isType) throw notInheritable(proxy);
      return undefined;
    default:
      return undefined;
  }
}

/** The property that every JS function has of its own, for a callable that has no attribute of this name. `bind` asks for it. */
export function functionProperty(proxy: PyObject, key: string): PropertyDescriptor | undefined {
  if (key !== "length" && key !== "name") return undefined;
  return { value: functionMember(proxy, key, false), writable: false, enumerable: false, configurable: true };
}

function toText(this: unknown): string {
  return callBridgeInContext("str_", this) as string;
}

function notInheritable(proxy: PyObject): InterloopError {
  const name = callBridge("name_of", proxy) as string;
  return new InterloopError(
    "not-inheritable",
    `A JavaScript class cannot extend the Python class "${name}"; make a Python class with python.subclass(${name}, { ... })`,
  );
}

/** `new cls(...args)`: what the class makes. `target` makes the call. */
export function construct(proxy: PyObject, target: object, args: unknown[], newTarget: unknown): object {
  if (newTarget !== proxy) throw notInheritable(proxy);
  const made: unknown = Reflect.apply(target as (...args: unknown[]) => unknown, undefined, args);
  if ((typeof made === "object" && made !== null) || typeof made === "function") return made;
  throw new InterloopError("bad-argument", "What this class makes is copied to JS, and new cannot return a primitive value; call the class without new");
}

/** `value instanceof cls`. */
export function isInstanceOf(this: unknown, value: unknown): boolean {
  return callBridgeInContext("isinstance", value, this) as boolean;
}
