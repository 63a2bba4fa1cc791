/** What Python's operators and built-in functions do, by name. */
import { callHelper } from "../bridge/helpers.ts";
import { binding, prepare, quiet } from "../bridge/link.ts";
import type { PyObject } from "../bridge/py-object.ts";
import { asValue, refOf } from "../bridge/refs.ts";
import { InterloopError } from "../errors.ts";
import { ensure } from "../loop/start.ts";
import { ask, checked } from "./ask.ts";

/** The explicit operations of {@link Python}: a handle has nothing but Python's attributes, so what Python says with operators and built-in functions is said by name. */
export interface PythonOperations {
  /**
   * `getattr(object, name)`, also for names that a handle keeps for itself (`then`). Throws AttributeError where a property of the handle is undefined, unless there is a fallback.
   */
  getAttr<T = any>(object: PyObject, name: string, ...fallback: [fallback?: unknown]): T;
  /** `setattr(object, name, value)`. */
  setAttr(object: PyObject, name: string, value: unknown): void;
  /** `delattr(object, name)`. */
  deleteAttr(object: PyObject, name: string): void;
  /** `object(*args)`; the last argument may be {@link kwargs}. */
  call<T = any>(object: PyObject, ...args: unknown[]): T;
  /** `object[key]`. */
  getItem<T = any>(object: PyObject, key: unknown): T;
  /** `object[key] = value`. */
  setItem(object: PyObject, key: unknown, value: unknown): void;
  /** `del object[key]`. */
  deleteItem(object: PyObject, key: unknown): void;
  /** `len(object)`. */
  len(object: unknown): number;
  /** `a is b`: are these two handles of one object? */
  is(a: unknown, b: unknown): boolean;
  /** `a == b`. */
  equals(a: unknown, b: unknown): boolean;
  /** `repr(value)`. */
  repr(value: unknown): string;
  /** `str(value)`. */
  str(value: unknown): string;
  /** `isinstance(value, type)`; `type` may be a tuple of types. */
  isInstance(value: unknown, type: PyObject): boolean;
}

/** The implementation of {@link PythonOperations}. */
export const operations: PythonOperations = {
  getAttr<T>(object: PyObject, name: string, ...fallback: [fallback?: unknown]): T {
    ensure();
    const ref = refOf(object, "The object");
    if (fallback.length > 0) return asValue(callHelper("getattr", object, name, fallback[0])) as T;
    if (!quiet) prepare();
    return binding.getAttr(ref, name) as T;
  },
  setAttr(object, name, value) {
    ensure();
    const ref = refOf(object, "The object");
    if (!quiet) prepare();
    binding.setAttr(ref, name, value);
  },
  deleteAttr(object, name) {
    ensure();
    const ref = refOf(object, "The object");
    if (!quiet) prepare();
    binding.deleteAttr(ref, name);
  },
  call<T>(object: PyObject, ...args: unknown[]): T {
    ensure();
    refOf(object, "The object");
    if (typeof object !== "function") throw new InterloopError("not-callable", `The Python object ${operations.repr(object)} cannot be called`);
    return (object as (...args: unknown[]) => T)(...args);
  },
  getItem<T>(object: PyObject, key: unknown): T {
    return asValue(ask("getitem", checked(object), key)) as T;
  },
  setItem(object, key, value) {
    ask("setitem", checked(object), key, value);
  },
  deleteItem(object, key) {
    ask("delitem", checked(object), key);
  },
  len: (object) => ask("len", object) as number,
  is: (a, b) => ask("is_", a, b) as boolean,
  equals: (a, b) => ask("equals", a, b) as boolean,
  repr: (value) => ask("repr", value) as string,
  str: (value) => ask("str_", value) as string,
  isInstance: (value, type) => ask("isinstance", value, checked(type)) as boolean,
};
