/** The handles of Python's own types, for declarations: what `interloop types` writes refers to these. They say what is there already and cost nothing at run time. */
import type { PyAwaitable, PyHandle, PyObject, toJsForm } from "./py-object.ts";

/**
 * The Python modules whose types are known, by name. `interloop types` adds to it; {@link Python.import} looks here.
 *
 * @example
 * ```ts no-run
 * declare module "@interloop/node" {
 *   interface PythonModules {
 *     shop: { price(item: string): number };
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type
export interface PythonModules {}

/** What {@link Python.toJs} makes of a value of this type, when no option is given. */
// `any` is asked for first: of a conditional type it would be both branches.
export type PyToJs<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? any
    : T extends PyHandle
      ? string extends keyof T
        ? any
        : T extends { readonly [toJsForm]?: infer Form }
          ? PlainForm<T, Form>
          : T
      : T;

type PlainForm<T, Form> = unknown extends Form
  ? T
  : Exclude<Form, undefined> extends infer Known
    ? Known extends readonly ["array", infer Item]
      ? PyToJs<Item>[]
      : Known extends readonly ["tuple", infer Items extends readonly unknown[]]
        ? { readonly [I in keyof Items]: PyToJs<Items[I]> }
        : Known extends readonly ["mapping", infer K, infer V]
          ? [K] extends [string]
            ? Record<K, PyToJs<V>>
            : Map<PyToJs<K>, PyToJs<V>>
          : Known extends readonly ["set", infer Item]
            ? Set<PyToJs<Item>>
            : Known extends readonly ["plain", infer Plain]
              ? Plain
              : T
    : never;

/** The methods of JS arrays that a handle of a sequence has as well, where Python has no method of that name. */
type ArrayMethod =
  | "at"
  | "concat"
  | "entries"
  | "every"
  | "filter"
  | "find"
  | "findIndex"
  | "flat"
  | "flatMap"
  | "forEach"
  | "includes"
  | "indexOf"
  | "join"
  | "keys"
  | "lastIndexOf"
  | "map"
  | "reduce"
  | "reduceRight"
  | "slice"
  | "some"
  | "values";

/** The handle of what `for` takes. */
export interface PyIterable<out T> extends PyHandle {
  [Symbol.iterator](): Generator<T, any, any>;
}

/** The handle of an iterator or a generator: `R` is what it returns, `S` what it can be sent. */
export interface PyIterator<T, R = unknown, S = unknown> extends PyHandle, Generator<T, R, S> {
  [Symbol.iterator](): Generator<T, R, S>;
  [Symbol.dispose](): void;
  readonly [Symbol.toStringTag]: string;
}

/** The handle of what `async for` takes. */
export interface PyAsyncIterable<out T> extends PyHandle {
  [Symbol.asyncIterator](): AsyncGenerator<T, any, any>;
}

/** The handle of a sequence: indexes, `length`, and the methods of JS arrays that change nothing. */
export interface PySequence<out T> extends PyIterable<T>, Pick<readonly T[], ArrayMethod> {
  readonly [toJsForm]?: readonly ["array", T];
  readonly [index: number]: T;
  readonly length: number;
  count(value: unknown): number;
  index(value: unknown, start?: number, stop?: number): number;
  __getitem__(key: number): T;
  __getitem__(key: PySlice): PySequence<T>;
}

/** The handle of a `list`. */
export interface PyList<in out T> extends PyIterable<T>, Pick<readonly T[], ArrayMethod> {
  readonly [toJsForm]?: readonly ["array", T];
  [index: number]: T;
  readonly length: number;
  append(value: T): null;
  extend(values: Iterable<T>): null;
  insert(index: number, value: T): null;
  pop(index?: number): T;
  remove(value: T): null;
  clear(): null;
  copy(): PyList<T>;
  count(value: unknown): number;
  index(value: unknown, start?: number, stop?: number): number;
  reverse(): null;
  sort(...args: readonly unknown[]): null;
  __getitem__(key: number): T;
  __getitem__(key: PySlice): PyList<T>;
}

/** What a handle of a tuple has besides its items. */
export interface PyTupleMembers<T extends readonly unknown[]> extends PyHandle {
  readonly [toJsForm]?: readonly ["tuple", T];
  count(value: unknown): number;
  index(value: unknown, start?: number, stop?: number): number;
  __getitem__<I extends number>(key: I): `${I}` extends keyof T ? T[`${I}`] : T[number];
}

/** The handle of a `tuple`, with the types of its items: `PyTuple<[string, number]>`, or `PyTuple<number[]>` of any length. It can be taken apart as an array can. */
export type PyTuple<T extends readonly unknown[] = readonly unknown[]> = readonly [...T] & PyTupleMembers<T>;

/** The handle of a mapping. */
export interface PyMapping<in out K, out V> extends PyIterable<K> {
  readonly [toJsForm]?: readonly ["mapping", K, V];
  get(key: K): V | null;
  get<D>(key: K, fallback: D): V | D;
  items(): PyIterable<PyTuple<[K, V]>> & { readonly length: number };
  keys(): PyIterable<K> & { readonly length: number };
  values(): PyIterable<V> & { readonly length: number };
  __getitem__(key: K): V;
}

/** The handle of a `dict`. */
export interface PyDict<in out K, in out V> extends PyMapping<K, V> {
  clear(): null;
  copy(): PyDict<K, V>;
  pop(key: K): V;
  pop<D>(key: K, fallback: D): V | D;
  popitem(): PyTuple<[K, V]>;
  setdefault(key: K, value: V): V;
  update(other: object): null;
}

/** The handle of a `set` or a `frozenset`, as far as it can be read. */
export interface PyFrozenSet<out T> extends PyIterable<T> {
  readonly [toJsForm]?: readonly ["set", T];
  copy(): PyFrozenSet<T>;
  difference(...others: readonly Iterable<unknown>[]): PyFrozenSet<T>;
  intersection(...others: readonly Iterable<unknown>[]): PyFrozenSet<T>;
  union<U>(...others: readonly Iterable<U>[]): PyFrozenSet<T | U>;
  symmetric_difference<U>(other: Iterable<U>): PyFrozenSet<T | U>;
  isdisjoint(other: Iterable<unknown>): boolean;
  issubset(other: Iterable<unknown>): boolean;
  issuperset(other: Iterable<unknown>): boolean;
}

/** The handle of a `set`. */
export interface PySet<in out T> extends PyFrozenSet<T> {
  add(value: T): null;
  clear(): null;
  copy(): PySet<T>;
  discard(value: T): null;
  pop(): T;
  remove(value: T): null;
  update(...others: readonly Iterable<T>[]): null;
}

/** The handle of `bytes`, `bytearray` or a `memoryview` of bytes. */
export interface PyBytes extends PyIterable<number> {
  readonly [toJsForm]?: readonly ["plain", Uint8Array<ArrayBuffer>];
  readonly [index: number]: number;
  readonly length: number;
  decode(encoding?: string, errors?: string): string;
  hex(separator?: string): string;
  startswith(prefix: unknown): boolean;
  endswith(suffix: unknown): boolean;
  find(part: unknown, start?: number, end?: number): number;
  __getitem__(key: number): number;
  __getitem__(key: PySlice): PyBytes;
}

/** The handle of a `complex`. */
export interface PyComplex extends PyHandle {
  readonly real: number;
  readonly imag: number;
  conjugate(): PyComplex;
}

/** The handle of a `slice`: see {@link PythonOperations.slice}. */
export interface PySlice extends PyHandle {
  readonly start: any;
  readonly stop: any;
  readonly step: any;
  indices(length: number): PyTuple<[number, number, number]>;
}

/** The handle of a context manager: `T` is what `__enter__` returns. */
export interface PyContextManager<out T> extends PyHandle {
  __enter__(): T;
  __exit__(type: unknown, value: unknown, traceback: unknown): boolean | null;
}

/** The handle of an async context manager: `T` is what `__aenter__` gives. */
export interface PyAsyncContextManager<out T> extends PyHandle {
  __aenter__(): PyAwaitable<T>;
  __aexit__(type: unknown, value: unknown, traceback: unknown): PyAwaitable<boolean | null>;
}

/** The handle of a Python class: `T` is the type of its instances. `isInstance` and `instanceof` tell TypeScript. */
export interface PyType<out T = unknown> extends PyHandle {
  readonly prototype: T;
  readonly __name__: string;
  readonly __qualname__: string;
  readonly __module__: string;
  readonly __doc__: string | null;
  readonly __mro__: PyTuple<readonly PyType[]>;
  mro(): PyList<PyType>;
}

/** What the first `index` arguments of a function may be: for keyword arguments after some of them. `[a: A, b: B]` gives `[] | [a: A] | [a: A, b: B]`. */
// The second parameter collects, so that the compiler does not recurse: it stops at 50.
export type PyPrefix<T extends readonly unknown[], Found = []> = T extends readonly [...infer Init, unknown] ? PyPrefix<Init, Found | T> : Found;

/** A value as Python takes it for a `Sequence`, `list` or `Iterable`: a JS array is copied. */
export type PyListLike<T> = readonly T[] | PySequence<T> | PyList<T>;

/** Nested JS arrays, as numpy takes them for an array of any shape. */
export type PyNestedList<T> = readonly (T | PyNestedList<T>)[] | PySequence<T>;

/** A value as Python takes it for a `dict`: a plain object or a Map is copied. */
export type PyDictLike<K, V> = PyMapping<K, V> | ReadonlyMap<K, V> | ([K] extends [string] ? { readonly [P in K]: V } : never);

/** A value as Python takes it for a `set`. */
export type PySetLike<T> = PyFrozenSet<T> | ReadonlySet<T>;

/** A value as Python takes it for `bytes`: typed arrays are memoryviews there. */
export type PyBytesLike = PyBytes | ArrayBufferView | ArrayBufferLike;

/** The result of `object[key]`, by the signatures of `__getitem__` that the type of the object declares. */
export type PyItem<O, K> = 0 extends 1 & O
  ? any
  : O extends { readonly [toJsForm]?: readonly ["tuple", infer T extends readonly unknown[]] }
    ? K extends number
      ? `${K}` extends keyof T
        ? T[`${K}`]
        : T[number]
      : PyTuple<T[number][]>
    : O extends { __getitem__: infer F }
      ? ItemOf4<F, K>
      : PyObject;

// Four signatures, the last ones where there are more: a conditional type sees overloads from the last one on, and where there are fewer the first parameters are unknown.
type ItemOf4<F, K> = F extends { (key: infer A): infer R; (key: infer B): infer S; (key: infer C): infer T; (key: infer D): infer U }
  ? Chosen<K, A, R, Chosen<K, B, S, Chosen<K, C, T, Chosen<K, D, U, PyObject>>>>
  : ItemOf3<F, K>;
type ItemOf3<F, K> = F extends { (key: infer A): infer R; (key: infer B): infer S; (key: infer C): infer T }
  ? Chosen<K, A, R, Chosen<K, B, S, Chosen<K, C, T, PyObject>>>
  : ItemOf2<F, K>;
type ItemOf2<F, K> = F extends { (key: infer A): infer R; (key: infer B): infer S }
  ? Chosen<K, A, R, Chosen<K, B, S, PyObject>>
  : F extends (key: infer A) => infer R
    ? Chosen<K, A, R, PyObject>
    : PyObject;
type Chosen<K, Key, Item, Otherwise> = unknown extends Key ? (unknown extends Item ? Otherwise : Item) : K extends Key ? Item : Otherwise;
