import { limitStacks, linesOf } from "./stacks.ts";

const INTERLOOP_ERROR: unique symbol = Symbol.for("interloop.InterloopError") as never;
const PY_ERROR: unique symbol = Symbol.for("interloop.PyError") as never;
const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/**
 * A misuse of interloop, or something that it cannot do, as opposed to an error of the program's own Python or JS.
 *
 * `code` is stable and made for comparing; the message says what to do. Test with {@link isInterloopError} rather than `instanceof`, which fails when
 * two copies of this package are installed.
 *
 * @example
 * ```ts
 * import { isInterloopError, python } from "@interloop/node";
 *
 * const list = python.eval("[1, 2, 3]");
 * list[Symbol.dispose]();
 * try {
 *   python.len(list);
 * } catch (error) {
 *   console.log(isInterloopError(error) && error.code); // handle-disposed
 * }
 * ```
 */
export class InterloopError extends Error {
  /** What went wrong, in kebab-case; one of a fixed set. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

Object.defineProperty(InterloopError.prototype, "name", { value: "InterloopError", writable: true, configurable: true });
Object.defineProperty(InterloopError.prototype, INTERLOOP_ERROR, { value: true });

/** Is this an {@link InterloopError}, of whichever copy of this package? Never throws. */
export function isInterloopError(value: unknown): value is InterloopError {
  return hasBrand(value, INTERLOOP_ERROR);
}

/** One line of a Python traceback, innermost last. */
export interface PyFrame {
  /** The file as Python names it. */
  readonly file: string;
  /** The line, counted from 1. */
  readonly line: number;
  /** The function's name. */
  readonly function: string;
  /** The text of the line, or "" when Python cannot find it. */
  readonly code: string;
}

/** Where a {@link PyError} gets what it does not need at once. Made by the bridge, which stands above this file. */
export interface PyErrorSource {
  /** The exception's handle. */
  readonly value: unknown;
  type(): unknown;
  traceback(): string;
  frames(): readonly PyFrame[];
  /** The JS error of `__cause__`, or of `__context__` unless suppressed; undefined when there is none. */
  cause(): unknown;
  /** The JS errors of an ExceptionGroup; undefined for any other exception. */
  errors(): readonly unknown[] | undefined;
  notes(): readonly string[];
  matches(type: unknown): boolean;
}

/**
 * A Python exception, thrown or rejected in JS.
 *
 * `name` is the name of the Python type and `message` is `str(exception)`. Everything else is asked of Python when it is read. Thrown back into Python it
 * is the same exception object again. Test with {@link isPyError}. Mirrors PyO3's `PyErr`.
 *
 * @example
 * ```ts
 * import { isPyError, python } from "@interloop/node";
 *
 * try {
 *   python.eval("1 / 0");
 * } catch (error) {
 *   if (!isPyError(error)) throw error;
 *   console.log(error.name, error.message); // ZeroDivisionError division by zero
 *   console.log(error.frames.at(-1)?.line); // 1
 * }
 * ```
 */
export class PyError extends Error {
  /** @internal */
  declare readonly _source: PyErrorSource;
  /**
   * What an ExceptionGroup holds, as JS errors, like `AggregateError.errors`; undefined for any other exception. A JS error that Python had put into it is that error.
   */
  declare readonly errors: readonly unknown[] | undefined;
  /** @internal Where JS was: captured when this was made, put together when somebody reads it. Undefined when that says nothing, as for an error that a promise rejects with. */
  declare _captured: Error | undefined;
  /** @internal The functions that awaited, where the engine knows them. */
  declare _located: Error | undefined;
  /** @internal Where the conversion that failed was made, in debug mode. */
  declare _madeAt: Error | undefined;

  constructor(source: PyErrorSource, type: string, message: string, captured: Error | undefined) {
    // The stack is put together when somebody reads it, as Python's traceback is not free; the engine's own, a second one, would be the dearest part of an error.
    const limit = limitStacks(0);
    super(message);
    limitStacks(limit);
    hide(this, "_captured", captured);
    hide(this, "_source", source);
    hide(this, "name", type);
    lazily(this, "stack", () => withTraceback(this));
    lazily(this, "cause", () => attempt(() => source.cause(), undefined));
    lazily(this, "errors", () => attempt(() => source.errors(), undefined));
  }

  /** Whether the exception is an instance of `type`: the handle of a class or of a tuple of classes, or a name, plain or with its module ("LookupError", "json.JSONDecodeError"), of any class that it inherits from. */
  matches(type: unknown): boolean {
    return this._source.matches(type);
  }

  /** What was added with `add_note()`. */
  get notes(): readonly string[] {
    return this._source.notes();
  }

  /** The handle of the exception's type. */
  get type(): unknown {
    return this._source.type();
  }

  /** The handle of the exception itself. */
  get value(): unknown {
    return this._source.value;
  }

  /** Python's own text: traceback, type, message, notes and causes, with a line break at the end. */
  get traceback(): string {
    return this._source.traceback();
  }

  /** The traceback, line by line, innermost last. */
  get frames(): readonly PyFrame[] {
    return this._source.frames();
  }

  /** What `JSON.stringify` and other tools that copy errors see: text, and no Python objects to walk through. */
  toJSON(): { readonly name: string; readonly message: string; readonly stack: string | undefined } {
    return { name: this.name, message: this.message, stack: this.stack };
  }
}

Object.defineProperty(PyError.prototype, INSPECT, {
  value(this: PyError) {
    return this.stack;
  },
});

Object.defineProperty(PyError.prototype, PY_ERROR, { value: true });

/** Is this a {@link PyError}, of whichever copy of this package? Never throws. */
export function isPyError(value: unknown): value is PyError {
  return hasBrand(value, PY_ERROR);
}

function hasBrand(value: unknown, brand: symbol): boolean {
  try {
    return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  } catch {
    return false; // A revoked or hostile proxy.
  }
}

/** Where JS was, as the lines of a stack: the functions that awaited, else those that made the crossing, else those that called. */
function whereOf({ _captured, _located, _madeAt }: PyError): string {
  for (const known of [_located, _madeAt]) {
    const lines = linesOf(known?.stack);
    if (lines.length > 0) return lines.join("\n");
  }
  return linesOf(_captured?.stack).join("\n");
}

function withTraceback(error: PyError): string {
  // Node prints `cause` when the key exists, so it is settled first: it goes away when there is none.
  void error.cause;
  // Python's as well: Bun prints an uncaught error call by call and leaves out the text below, and so do tools that read stacks.
  const pythons = attempt(() => error.frames.toReversed().map(({ file, line, function: name }) => `    at ${name} (${file}:${line})`), []);
  const stack = [`${error.name}: ${error.message}`, ...pythons, whereOf(error)].filter(Boolean).join("\n");
  const text = attempt(() => error.traceback.trimEnd(), "");
  return text === "" ? stack : `${stack}\n${text.replaceAll(/^/gm, "  ")}`;
}

function attempt<T>(get: () => T, otherwise: T): T {
  try {
    return get();
  } catch {
    return otherwise; // The interpreter may be gone; an error must stay readable.
  }
}

/** Give an object a property that does not show. */
export function hide(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true });
}

/** The same, of which the value is made when somebody reads it; undefined takes the property away. */
export function lazily(object: object, key: string, get: () => unknown): void {
  Object.defineProperty(object, key, {
    configurable: true,
    enumerable: false,
    get() {
      const value = get();
      if (value === undefined) delete (object as Record<string, unknown>)[key];
      else hide(object, key, value);
      return value;
    },
    set(value: unknown) {
      hide(object, key, value);
    },
  });
}
