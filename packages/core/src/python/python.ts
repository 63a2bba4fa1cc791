import { toJs, toPy } from "./convert.ts";
import type { ToJsOptions, ToPyOptions } from "./convert.ts";
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyBufferData, PyBufferView } from "../convert/buffer-elements.ts";
import { binding, prepare, tracksContext } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import type { PythonModules, PyToJs } from "../environment/py-types.ts";
import { handleOf, refOf } from "../environment/refs.ts";
import { JsRef } from "../convert/js-ref.ts";
import { InterloopError } from "../errors.ts";
import { ensure } from "../start/start.ts";
import { ask } from "./ask.ts";
import { leaks } from "../handles/leaks.ts";
import type { Leak } from "../handles/leaks.ts";
import { scope } from "./scope.ts";
import type { Keep } from "./scope.ts";
import { BufferView, readonlyMessage } from "./buffer.ts";
import type { BufferOptions, PyBuffer } from "./buffer.ts";
import { share } from "./share.ts";
import type { Shareable } from "./share.ts";
import { enter, enterAsync } from "./contexts.ts";
import type { PythonContexts } from "./contexts.ts";
import { importFile } from "./import-file.ts";
import { inLoop } from "./in-loop.ts";
import type { PythonLoop } from "./in-loop.ts";
import { expr } from "./expression.ts";
import type { PythonExpressions } from "./expression.ts";
import { pending, unref } from "./pending.ts";
import type { PythonPending } from "./pending.ts";
import { functions } from "./functions.ts";
import type { PythonFunctions } from "./functions.ts";
import { operations } from "./operations.ts";
import type { PythonOperations } from "./operations.ts";

/** The namespace that code runs in: a Python dict, or an object that is copied into a new one. */
export type PyNamespace = PyObject | Readonly<Record<string, unknown>>;

/**
 * Python, as seen from JS: the object {@link python}. The interpreter starts when something of it is first used. All of it throws PyError for what Python raises, `handle-disposed` for a
 * disposed handle, `bad-argument` where a handle is expected and something else is given, and what {@link init} and the search for Python say when there is none.
 */
export interface Python extends PythonContexts, PythonFunctions, PythonLoop, PythonPending, PythonOperations, PythonExpressions {
  /**
   * `importlib.import_module(name)`. Modules in {@link PythonModules}, where `interloop types` puts them, have their types. Mirrors PyO3's `Python::import`.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * console.log(python.import("math").sqrt(16)); // 4
   * ```
   */
  import<Name extends keyof PythonModules>(name: Name): PythonModules[Name];
  import<T = PyObject>(name: string): T;
  /**
   * The module of a Python file, which is imported when it was not: `file` is relative to the module of JavaScript that asks, `import.meta`. What Python imports by the same file's name is the same module, since its
   * folder is put at the end of `sys.path`. `interloop types report.py` writes its type, `typeof import("./report.py")`.
   *
   * @throws PyError ModuleNotFoundError when there is no such file, and whatever it raises; InterloopError `bad-argument` for what is no file.
   * @example
   * ```ts no-run
   * import { python } from "@interloop/node";
   *
   * const report = python.importFile(import.meta, "./report.py");
   * console.log(report.summarize([1, 2, 3]));
   * ```
   */
  importFile<T = PyObject>(meta: { readonly url: string }, file: string): T;
  /**
   * Run statements, in `__main__` unless a namespace is given. Common indentation is taken away first. Mirrors `Python::run`.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const names = python.toPy({ x: 20 });
   * python.exec("y = x + 1", names);
   * console.log(python.getItem(names, "y")); // 21
   * ```
   */
  exec(code: string, globals?: PyNamespace): void;
  /**
   * The value of an expression, in `__main__` unless a namespace is given. Mirrors `Python::eval`.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * console.log(python.eval<number>("a + b", { a: 1, b: 2 })); // 3
   * ```
   */
  eval<T = any>(code: string, globals?: PyNamespace): T;
  /**
   * Make a module from source text and put it into `sys.modules`; tracebacks show its lines under `file`. Mirrors `PyModule::from_code`.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const greet = python.fromCode("def hello(who): return f'hello {who}'", "greet.py", "greet");
   * console.log(greet.hello("you")); // hello you
   * ```
   */
  fromCode<T = PyObject>(code: string, file?: string, name?: string): T;
  /** The module `builtins`. */
  readonly builtins: PyObject;
  /**
   * Convert deeply to Python; see {@link ToPyOptions}. Objects that occur twice, and cycles, keep their identity.
   *
   * @throws InterloopError `not-convertible` where something would be lost or Python has no place for it, `bad-argument` for an option that there is not.
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * console.log(python.repr(python.toPy({ a: [1, 2], b: new Set([3]) }))); // {'a': [1, 2], 'b': {3}}
   * ```
   */
  toPy<T = PyObject>(value: unknown, options?: ToPyOptions): T;
  /**
   * Hand over the value itself. Arrays, plain objects, Maps, Sets and Dates are copied when they go to Python; with `ref` Python gets a `JsArray`, `JsMapping` or other `JsObject`, and what it does to that
   * happens to the value. What Python reads of it is a reference as well. Goes wherever a value goes to Python: an argument, a result, a part of data.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const append = python.eval("lambda items: items.append(1)");
   * const copied: number[] = [];
   * const shared: number[] = [];
   * append(copied);
   * append(python.ref(shared));
   * console.log(copied, shared); // [] [ 1 ]
   * ```
   */
  ref<T>(value: T): JsRef<T>;
  /**
   * Convert deeply to JS; see {@link ToJsOptions}. Of a handle whose type is known, the type of the result is known as well unless options change it. Objects that occur twice, and cycles, keep their identity; `toPy` of the result equals the value, unless an option gave something up.
   *
   * @throws InterloopError `not-convertible` where something would be lost that no option gave up, `bad-argument` for an option that there is not.
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * console.log(python.toJs(python.eval("{'a': (1, 2), 'b': {3}}"))); // { a: [ 1, 2 ], b: Set(1) { 3 } }
   * ```
   */
  toJs<V>(value: V): PyToJs<V>;
  toJs<T = any>(value: unknown, options?: ToJsOptions): T;
  /**
   * A Python float, for where an int would not do: a whole JS number becomes an int by itself. (A subclass of float, so that it stays one on its way.)
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * console.log(python.repr(1), python.repr(python.float(1))); // 1 1.0
   * ```
   */
  float(value: number): PyObject;
  /**
   * The memory of a Python buffer (bytes, bytearray, memoryview, array, mmap, ctypes, numpy) without a copy, of any shape and strides: see {@link PyBuffer}. Python keeps the memory for as long as
   * the result or its `data` lives, or until it is disposed. Writing to memory that Python calls read-only changes what must not change: ask with `writable` where you mean to.
   *
   * @throws InterloopError `buffer-unsupported` for memory in pieces, items that are Python objects or addresses, pages that the operating system protects from writing, and for read-only memory under
   * `writable`; PyError for objects that have no memory to show (numpy's datetime64 among them: `array.view("i8")` has).
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const bytes = python.eval("bytearray(b'abc')");
   * python.buffer(bytes).data[0] = 65;
   * console.log(python.repr(bytes)); // bytearray(b'Abc')
   * ```
   */
  buffer<T extends PyBufferView = PyBufferData>(object: object, options?: BufferOptions): PyBuffer<T>;
  /**
   * Memory that JS and Python use without a copy in every runtime: so many bytes, all 0, as a Uint8Array, or a copy of `source`, of its kind. Hand it to Python again and again: memoryviews and arrays of it
   * are this very memory, which lasts for as long as either side has it. What Python is given of other buffers it may have to copy: see the page on buffers.
   *
   * @throws InterloopError `bad-argument` for anything else.
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const samples = python.share(new Float32Array([1, 2, 3]));
   * const array = python.import("numpy").asarray(samples); // kept by Python
   * samples[0] = 10;
   * console.log(`${array}`); // [10.  2.  3.]
   * ```
   */
  share(bytes: number): Uint8Array<ArrayBuffer>;
  share<T extends Shareable>(source: T): T;
  /**
   * Run `fn`, and release the handles that it made when it ends; of an async function, when its promise settles. What it returns stays, also inside of arrays, plain objects, Maps and Sets: it belongs
   * to the scope around, if there is one. What it passes to `keep` stays as well, and belongs to nobody but the collector. Handles that arrive in no code of `fn` (the items of a stream, errors) are
   * the collector's as ever. A released handle throws `handle-disposed`. Mirrors the lifetime `'py` of PyO3's `Python::with_gil`.
   *
   * @throws InterloopError `bad-argument` when `fn` is no function; what `fn` throws.
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const total = await python.scope(async () => {
   *   const numbers = python.eval("list(range(1000))");
   *   await python.import("asyncio").sleep(0);
   *   return python.eval("sum")(numbers) as number;
   * });
   * console.log(total); // 499500
   *
   * const kept = python.scope((keep) => [keep(python.eval("[1]")), python.eval("[2]")]);
   * console.log(kept.map((list) => python.repr(list))); // [ '[1]', '[2]' ]
   * ```
   */
  scope<T>(fn: (keep: Keep) => T): T;
  /**
   * What JS and Python hold of each other at this moment, by the place where it was made. Only in a program that was started with `INTERLOOP_LEAKS=1`, which prints the same at its end; see
   * docs/lifetimes.md. What nobody uses any more is in it until the collectors have run.
   *
   * @throws InterloopError `leaks-unknown` in any other program.
   * @example
   * ```ts
   * import { isInterloopError, python } from "@interloop/node";
   *
   * try {
   *   for (const { count, what, stack } of python.leaks()) console.log(count, what, stack);
   * } catch (error) {
   *   console.log(isInterloopError(error) && error.code); // leaks-unknown
   * }
   * ```
   */
  leaks(): readonly Leak[];
}

/** Python. See {@link Python}. */
export const python: Python = {
  import<T>(name: string): T {
    ensure();
    if (typeof name !== "string" || name === "") throw new InterloopError("bad-argument", "python.import takes the name of a module");
    if (tracksContext) prepare();
    return binding.importModule(name) as T;
  },
  importFile<T>(meta: { readonly url: string }, file: string): T {
    return importFile(meta, file) as T;
  },
  exec(code, globals) {
    run("exec", code, globals);
  },
  eval<T>(code: string, globals?: PyNamespace): T {
    return run("eval", code, globals) as T;
  },
  fromCode<T>(code: string, file = "<interloop>", name = "interloop_code"): T {
    return ask("from_code", text(code), file, name) as T;
  },
  get builtins() {
    return python.import("builtins");
  },
  toPy<T>(value: unknown, options?: ToPyOptions): T {
    ensure();
    return toPy<T>(value, options);
  },
  ref: (value) => new JsRef(value),
  toJs<T>(value: unknown, options?: ToJsOptions): T {
    ensure();
    return toJs<T>(value, options);
  },
  float(value) {
    if (typeof value !== "number") throw new InterloopError("bad-argument", "python.float takes a number");
    return ask("Float", value) as PyObject;
  },
  enter,
  enterAsync,
  inLoop,
  pending,
  unref,
  ...functions,
  ...operations,
  expr,
  scope,
  leaks() {
    ensure();
    return leaks();
  },
  share(source: unknown): never {
    ensure();
    return share(source) as never;
  },
  buffer<T extends PyBufferView>(object: object, options: BufferOptions = {}): PyBuffer<T> {
    ensure();
    const view = new BufferView(binding.buffer(refOf(object, "The object")));
    if (view.readonly && options.writable === true) {
      view[Symbol.dispose]();
      throw new InterloopError("buffer-unsupported", `${readonlyMessage(view)}, or ask without the option "writable"`);
    }
    return view as unknown as PyBuffer<T>;
  },
};

/** Python's own exec and eval, called directly: a traceback then begins with the program's line. */
function run(mode: "exec" | "eval", code: string, globals: PyNamespace | undefined): unknown {
  const compiled = ask("compile_code", text(code), mode);
  return callBridgeInContext(mode, compiled, globals === undefined ? callBridgeInContext("main_namespace") : namespaceOf(globals));
}

/** Names in one call: arguments are on the engine's stack. */
const CHUNK = 500;

/** A new dict of an object's properties, which cross as arguments do; a dict is used as it is. */
function namespaceOf(names: PyNamespace): unknown {
  if (handleOf(names) !== undefined) return names;
  const entries = Object.entries(names);
  const namespace = callBridgeInContext("namespace", ...entries.slice(0, CHUNK).flat(1)) as PyObject;
  for (let start = CHUNK; start < entries.length; start += CHUNK)
    namespace["update"](callBridgeInContext("namespace", ...entries.slice(start, start + CHUNK).flat(1)));
  return namespace;
}

function text(code: string): string {
  if (typeof code !== "string") throw new InterloopError("bad-argument", "Python code must be a string");
  return code;
}
