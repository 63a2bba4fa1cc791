/** What Python's operators and built-in functions do, by name. */
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import { binding, prepare, tracksContext } from "../environment/environment.ts";
import type { PyItem, PySlice, PyTuple, PyType } from "../environment/py-types.ts";
import type { PyObject } from "../environment/py-object.ts";
import { asValue, refOf } from "../environment/refs.ts";
import { toJs } from "./convert.ts";
import { InterloopError } from "../errors.ts";
import { ensure } from "../start/start.ts";
import { ask, checked } from "./ask.ts";

/** The explicit operations of {@link Python}: a handle has nothing but Python's attributes, so what Python says with operators and built-in functions is said by name. */
export interface PythonOperations {
  /**
   * `getattr(object, name)`, also for names that a handle keeps for itself (`then`). Throws AttributeError where a property of the handle is undefined, unless there is a fallback.
   */
  getAttr<T = any>(object: object, name: string, ...fallback: [fallback?: unknown]): T;
  /** `setattr(object, name, value)`. */
  setAttr(object: object, name: string, value: unknown): void;
  /** `delattr(object, name)`. */
  deleteAttr(object: object, name: string): void;
  /** `object(*args)`; the last argument may be {@link kwargs}. */
  call<T = any>(object: object, ...args: unknown[]): T;
  /** `object[key]`. Where the object's type declares `__getitem__`, as {@link PyList} and {@link PyDict} do, that gives the type of the result. */
  getItem<O extends { __getitem__: (...key: never) => unknown }, const K>(object: O, key: K): PyItem<O, K>;
  getItem<T = any>(object: object, key: unknown): T;
  /**
   * `object[key]`, and with several keys `object[key, ...]`, as in `df.loc[0, "n"]` or `matrix[0, :]`.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const matrix = python.import("numpy").arange(6).reshape(2, 3);
   * console.log(Number(python.item(matrix, 1, 2)), python.str(python.item(matrix, 0, python.slice(1)))); // 5 [1 2]
   * ```
   */
  item<T = any>(object: object, ...keys: unknown[]): T;
  /** `object[key] = value`. */
  setItem(object: object, key: unknown, value: unknown): void;
  /** `del object[key]`. */
  deleteItem(object: object, key: unknown): void;
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
  /** `value in object`. */
  contains(object: unknown, value: unknown): boolean;
  /** `bool(value)`: what Python's `if` asks. To JS every handle is true, that of an empty list too. */
  bool(value: unknown): boolean;
  /** `hash(value)`; a bigint when it is outside the safe range. */
  hash(value: unknown): number | bigint;
  /** `dir(value)`. */
  dir(value: unknown): string[];
  /** `type(value)`. */
  type<T = PyObject>(value: unknown): T;
  /**
   * `slice(start, stop, step)`, for `getItem`, `setItem` and `deleteItem`; what is left out, or null, is `None`.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const letters = python.eval("list('abcdef')");
   * python.setItem(letters, python.slice(1, -1), "xy");
   * console.log(python.repr(letters), python.getItem(letters, -1)); // ['a', 'x', 'y', 'f'] f
   * ```
   */
  slice(start?: unknown, stop?: unknown, step?: unknown): PySlice;
  /**
   * A tuple of these values.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * console.log(python.repr(python.tuple(1, "a"))); // (1, 'a')
   * ```
   */
  tuple<T extends readonly unknown[]>(...items: T): PyTuple<T>;
  /** `isinstance(value, type)`; `type` may be a tuple of types. A class whose type is known ({@link PyType}) narrows the type of the value. */
  isInstance<C extends PyType>(value: unknown, type: 0 extends 1 & C ? never : C): value is C["prototype"];
  isInstance(value: unknown, type: object): boolean;
}

/** The implementation of {@link PythonOperations}. */
export const operations: PythonOperations = {
  getAttr<T>(object: object, name: string, ...fallback: [fallback?: unknown]): T {
    ensure();
    const ref = refOf(object, "The object");
    if (fallback.length > 0) return asValue(callBridgeInContext("getattr", object, name, fallback[0])) as T;
    if (tracksContext) prepare();
    return binding.getAttr(ref, name) as T;
  },
  setAttr(object, name, value) {
    ensure();
    const ref = refOf(object, "The object");
    if (tracksContext) prepare();
    binding.setAttr(ref, name, value);
  },
  deleteAttr(object, name) {
    ensure();
    const ref = refOf(object, "The object");
    if (tracksContext) prepare();
    binding.deleteAttr(ref, name);
  },
  call<T>(object: object, ...args: unknown[]): T {
    ensure();
    refOf(object, "The object");
    if (typeof object !== "function") throw new InterloopError("not-callable", `The Python object ${operations.repr(object)} cannot be called`);
    return (object as (...args: unknown[]) => T)(...args);
  },
  getItem<T>(object: object, key: unknown): T {
    return asValue(ask("getitem", checked(object), key)) as T;
  },
  item<T>(object: object, ...keys: unknown[]): T {
    if (keys.length === 0) throw new InterloopError("bad-argument", "python.item takes an object and at least one key");
    return operations.getItem<T>(object, keys.length === 1 ? keys[0] : operations.tuple(...keys));
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
  contains: (object, value) => ask("contains", object, value) as boolean,
  bool: (value) => ask("bool_", value) as boolean,
  hash: (value) => ask("hash_", value) as number | bigint,
  dir: (value) => toJs<string[]>(ask("dir_", value)),
  type: <T>(value: unknown) => ask("type_of", value) as T,
  tuple: (...items) => ask("tuple_", ...items) as never,
  slice: (start, stop, step) => ask("slice_", start, stop, step) as PySlice,
  isInstance: (value: unknown, type: object): value is never => ask("isinstance", value, checked(type)) as boolean,
};
