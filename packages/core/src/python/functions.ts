/** Python classes out of JS functions, and what Python's tools are to know of these. */
import { annotate } from "../js-objects/annotations.ts";
import type { Annotations } from "../js-objects/annotations.ts";
import { toPy } from "./convert.ts";
import { describe } from "../convert/describe.ts";
import type { PyCallable, PyObject } from "../environment/py-object.ts";
import { handleOf } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { ask, checked } from "./ask.ts";

/** A method, whose first parameter is `self`; or any other value. The types of a method's parameters are the program's own. */
// oxlint-disable-next-line typescript/no-explicit-any
export type ClassMember = ((...args: any[]) => unknown) | object | string | number | bigint | boolean | null | undefined;

/** Of a class that {@link PythonFunctions.subclass} makes. */
export interface SubclassOptions {
  /** Its name; that of the first base by default. */
  readonly name?: string;
  /** Its docstring. */
  readonly doc?: string;
}

/** What of {@link Python} gives functions and classes of JS a Python face. */
export interface PythonFunctions {
  /**
   * Make a Python class that inherits from Python classes, with JS functions as its methods: the way to implement an abstract base class, a protocol or a handler in TypeScript. As in Python, a method's first parameter is
   * `self`, and a name like `__len__` gives an operator. Async functions become coroutine methods, getters and setters properties; `property`, `classmethod` and `staticmethod` of `python.builtins` work too. Other values are
   * converted with {@link Python.toPy}. `__iter__`, `__aiter__` and `__await__` may return what JS iterates over or awaits. `python.builtins.super(Class, self)` is the base's part.
   *
   * @throws InterloopError `bad-argument` for bases that are no Python classes.
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const { Mapping } = python.import("collections.abc");
   * const squares = python.subclass(Mapping, {
   *   __getitem__: (self, key: number) => key ** 2,
   *   __len__: () => 3,
   *   *__iter__() { yield* [1, 2, 3]; },
   * }, { name: "Squares" })();
   * console.log(python.repr(python.eval("dict")(squares))); // {1: 1, 2: 4, 3: 9}
   * ```
   */
  subclass<T = PyObject>(bases: PyObject | readonly PyObject[], members: Readonly<Record<string, ClassMember>>, options?: SubclassOptions): PyCallable<T>;
  /**
   * Say what Python is to know of a JS function besides its parameters' names: their types, that of the result, the docstring, the name. Python's tools find it in `__annotations__`, `__doc__` and `inspect.signature`: FastAPI,
   * pydantic, and what makes tools for language models out of functions. A type is the handle of a Python class, or text as in Python's annotations. Returns the function.
   *
   * @throws InterloopError `bad-argument` for what is no JS function, or for annotations of another shape.
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const repeat = python.annotate((word: string, times = 2) => word.repeat(times), {
   *   parameters: { word: python.builtins.str, times: "int" },
   *   returns: python.builtins.str,
   *   doc: "Repeat a word.",
   * });
   * console.log(`${python.import("inspect").signature(repeat)}`); // (word: str, times: 'int' = 2) -> str
   * ```
   */
  annotate<F extends (...args: never[]) => unknown>(fn: F, annotations: Annotations): F;
}

function subclass<T>(bases: PyObject | readonly PyObject[], members: Readonly<Record<string, unknown>>, options: SubclassOptions = {}): PyCallable<T> {
  const all = (handleOf(bases) === undefined && Array.isArray(bases) ? bases : [bases]) as readonly PyObject[];
  if (all.length === 0) throw new InterloopError("bad-argument", "python.subclass takes at least one Python class to inherit from");
  for (const base of all) checkBase(base);
  if (typeof members !== "object" || members === null) throw new InterloopError("bad-argument", "The members of a class must be an object");
  const namespace: unknown[] = [];
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(members))) namespace.push(name, member(descriptor));
  return ask("make_subclass", options.name ?? null, options.doc ?? null, all.length, ...all, ...namespace) as PyCallable<T>;
}

function checkBase(base: unknown): void {
  if (handleOf(base)?.isType !== true) {
    const what = handleOf(base) === undefined ? describe(base) : ask("repr", base);
    throw new InterloopError("bad-argument", `python.subclass takes Python classes to inherit from, not ${String(what)}`);
  }
  checked(base as PyObject);
}

function member({ value, get, set }: PropertyDescriptor): unknown {
  if (get !== undefined || set !== undefined) {
    return ask(
      "property",
      get === undefined ? null : (self: unknown): unknown => get.call(self),
      set === undefined ? null : (self: unknown, next: unknown): void => set.call(self, next),
    );
  }
  return typeof value === "function" ? value : toPy(value);
}

export const functions: PythonFunctions = { subclass, annotate };
