/** Deep conversion to Python. This file walks and writes down what it meets, in codes and values; Python builds it (`_to_py.py`). */
import { InterloopError } from "../errors.ts";
import { dataKind } from "./data-writer.ts";
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import { typedArrayName } from "./js-memory.ts";
import { byReference, isReference, referenced, Whole } from "./js-ref.ts";
import { refuseSparse } from "./plain-data.ts";
import { untracked } from "../environment/finalization.ts";
import { handleOf } from "../environment/refs.ts";
import { temporalText } from "./temporal.ts";
import { checkDepth, checkHook, choicesOf } from "./to-js.ts";
import { isArrayBuffer, isDate, isError, isMap, isPlainPrototype, isPromise as isPromiseOfEngine, isSet } from "../realms.ts";

/** How {@link Python.toPy} converts. Whatever is not said leaves a JS object where Python has nothing that would come back equal. */
export interface ToPyOptions {
  /** How many levels of containers to convert; what lies deeper stays a JS object. All of them unless given. */
  readonly depth?: number;
  /** What an Array becomes. Unless given: a list, or a tuple when it is frozen, is in a key, or in a Set. */
  readonly array?: "list" | "tuple";
  /** What a whole number becomes: an int unless given. `"float"` makes a float of every number; a bigint stays an int. */
  readonly number?: "int" | "float";
  /** What becomes of a property that is undefined: `None` unless given; `"omit"` leaves it out. */
  readonly undefined?: "none" | "omit";
  /** What an instance of a class of the program becomes: a JsObject unless given; `"dict"`: a dict of its own properties. */
  readonly instance?: "object" | "dict";
  /** What an Error becomes: a JsObject unless given; `"exception"`: the exception that Python would catch if it were thrown. */
  readonly error?: "object" | "exception";
  /** Called once for each object that would cross as a JsObject; what it returns takes the object's place, converted in turn. Functions and promises are not asked about. */
  readonly default?: (value: object) => unknown;
}

const FORMS: Readonly<Record<string, readonly string[]>> = {
  array: ["list", "tuple"],
  number: ["int", "float"],
  undefined: ["none", "omit"],
  instance: ["object", "dict"],
  error: ["object", "exception"],
};

/** How many values one call carries: arguments are on the engine's stack. */
const CHUNK = 1000;

// The codes of `array.array`. Bytes are bytes, and what Python has no array of stays a buffer.
const TYPECODES: Readonly<Record<string, string>> = {
  Int8Array: "b",
  Int16Array: "h",
  Uint16Array: "H",
  Int32Array: "i",
  Uint32Array: "I",
  BigInt64Array: "q",
  BigUint64Array: "Q",
  Float32Array: "f",
  Float64Array: "d",
};

/** Convert a JS value deeply; `exceptionFor` makes the Python exception for a JS error. What crosses by itself stays as it is. */
export function convertToPy(value: unknown, options: ToPyOptions, exceptionFor: (error: Error) => unknown): unknown {
  const depth = checkDepth(options.depth);
  choicesOf(options as Readonly<Record<string, unknown>>, FORMS);
  checkHook(options.default);
  if (isDefault(options) && typeof value === "object" && value !== null && handleOf(value) === undefined) {
    const whole = new Whole(value);
    const made = callBridgeInContext("as_is", whole);
    if (made !== whole) return made;
  }
  return walkThrough(value, new Walk(options, depth, exceptionFor));
}

function isDefault(options: ToPyOptions): boolean {
  for (const key in options) if ((options as Readonly<Record<string, unknown>>)[key] !== undefined) return false;
  return true;
}

/** The handle of what data becomes that crosses by itself, but is too deep or too tangled for one pass. */
export function convertSlowly(value: object): unknown {
  return untracked(() => walkThrough(value, new Walk({}, Infinity, (error) => error, true)));
}

function walkThrough(value: unknown, walk: Walk): unknown {
  walk.item(value, 0, false);
  walk.contents();
  if (walk.codes === "v") return referenced(walk.values[0]);
  // A float crosses back as a number, so a lone one is of the class that does not.
  if (walk.codes === "f") return callBridgeInContext("Float", value);
  return transfer(walk.codes, walk.values);
}

function transfer(codes: string, values: readonly unknown[]): unknown {
  if (values.length <= CHUNK) return callBridgeInContext("build", codes, ...values);
  const builder = callBridgeInContext("begin");
  for (let start = 0; start < values.length; start += CHUNK)
    callBridgeInContext("feed", builder, start === 0 ? codes : "", ...values.slice(start, start + CHUNK));
  return callBridgeInContext("finish", builder);
}

interface Open {
  readonly items: readonly unknown[];
  readonly level: number;
  /** Are keys every second item? */
  readonly keyed: boolean;
  /** Must the items be hashable: is this a key, or in one? */
  readonly hashable: boolean;
}

/** Writes down; the codes are those of `_to_py.py`. */
class Walk {
  codes = "";
  readonly values: unknown[] = [];
  readonly #options: ToPyOptions;
  readonly #depth: number;
  readonly #exceptionFor: (error: Error) => unknown;
  /** Convert only what crosses as data by itself. */
  readonly #plainOnly: boolean;
  /** The numbers of what was met before; in a key an Array is another thing than elsewhere. */
  readonly #made = new Map<object, number>();
  readonly #madeHashable = new Map<object, number>();
  readonly #replaced = new Map<object, unknown>();
  readonly #open: Open[] = [];
  #count = 0;

  constructor(options: ToPyOptions, depth: number, exceptionFor: (error: Error) => unknown, plainOnly = false) {
    this.#options = options;
    this.#depth = depth;
    this.#exceptionFor = exceptionFor;
    this.#plainOnly = plainOnly;
  }

  item(value: unknown, level: number, hashable: boolean, hooked = false): void {
    if (typeof value === "number" && this.#options.number === "float") return this.#write("f", value);
    if (typeof value !== "object" || value === null || level >= this.#depth || handleOf(value) !== undefined || isReference(value)) return this.#value(value);
    const seen = (hashable ? this.#madeHashable : this.#made).get(value);
    if (seen !== undefined) return this.#write("r", seen);
    if (this.#standard(value, level, hashable) || this.#chosen(value, level, hashable)) return undefined;
    if (hooked || this.#options.default === undefined || isPromise(value)) return this.#value(value);
    if (!this.#replaced.has(value)) this.#replaced.set(value, this.#options.default(value));
    return this.item(this.#replaced.get(value), level, hashable, true);
  }

  contents(): void {
    // The list grows meanwhile.
    for (let next = 0; next < this.#open.length; next++) {
      const { items, level, keyed, hashable } = this.#open[next]!;
      const count = items.length; // the program's hook may change it meanwhile
      this.values.push(count);
      for (let index = 0; index < count; index++) this.item(items[index], level, hashable || (keyed && index % 2 === 0));
    }
  }

  /** What is not converted any further. */
  #value(value: unknown): void {
    this.#write("v", handleOf(value) !== undefined || (typeof value === "object" && value !== null && isReference(value)) ? value : byReference(value));
  }

  #write(code: string, ...values: readonly unknown[]): void {
    this.codes += code;
    for (const value of values) this.values.push(value);
  }

  /** Numbers a new object that stands for `source`. */
  #make(source: object, hashable: boolean, code: string, ...values: readonly unknown[]): true {
    (hashable ? this.#madeHashable : this.#made).set(source, this.#count++);
    this.#write(code, ...values);
    return true;
  }

  #container(source: object, code: string, items: readonly unknown[], level: number, hashable: boolean): true {
    this.#open.push({ items, level: level + 1, keyed: false, hashable: hashable || code === "S" || code === "Z" });
    return this.#make(source, hashable, code);
  }

  #dict(source: object, entries: readonly (readonly [unknown, unknown])[], level: number, hashable: boolean): true {
    if (hashable) throw unhashable(source);
    this.#open.push({ items: entries.flat(1), level: level + 1, keyed: true, hashable: false });
    return this.#make(source, false, "D");
  }

  #standard(value: object, level: number, hashable: boolean): boolean {
    if (this.#plainOnly) {
      const kind = dataKind(value);
      if (kind === undefined || (kind === "object" && Object.values(value).some((each) => typeof each === "function" && handleOf(each) === undefined)))
        return false;
    }
    if (Array.isArray(value)) {
      refuseSparse(value);
      const form = this.#options.array ?? (Object.isFrozen(value) ? "tuple" : "list");
      return this.#container(value, hashable || form === "tuple" ? "T" : "L", value, level, hashable);
    }
    if (isSet(value)) return this.#container(value, hashable ? "Z" : "S", Array.from(value), level, hashable);
    if (isMap(value)) return this.#dict(value, Array.from(value), level, hashable);
    if (isPlain(value)) return this.#dict(value, this.#properties(value), level, hashable);
    if (ArrayBuffer.isView(value) || isArrayBuffer(value)) return this.#memory(value, hashable);
    if (isDate(value)) {
      const time = value.getTime();
      if (Number.isNaN(time)) throw new InterloopError("not-convertible", "An invalid Date has no Python equivalent");
      return this.#make(value, hashable, "d", time);
    }
    const temporal = temporalText(value);
    return temporal !== undefined && this.#make(value, hashable, "t", temporal.name, temporal.text, temporal.zone);
  }

  #memory(value: ArrayBufferView | ArrayBuffer, hashable: boolean): boolean {
    const name = typedArrayName(value);
    if (name === undefined || name === "Uint8Array" || name === "Uint8ClampedArray") return this.#make(value, hashable, "b", value);
    if (hashable) throw unhashable(value);
    const typecode = TYPECODES[name];
    return typecode !== undefined && this.#make(value, hashable, "y", typecode, value);
  }

  #chosen(value: object, level: number, hashable: boolean): boolean {
    if (this.#options.error === "exception" && isError(value)) return this.#make(value, hashable, "x", this.#exceptionFor(value));
    // A tag of its own says that the object is more than its properties.
    if (this.#options.instance !== "dict" || Object.prototype.toString.call(value) !== "[object Object]" || isPromise(value)) return false;
    return this.#dict(value, this.#properties(value), level, hashable);
  }

  #properties(value: object): [string, unknown][] {
    const entries = Object.entries(value);
    return this.#options.undefined === "omit" ? entries.filter(([, each]) => each !== undefined) : entries;
  }
}

function unhashable(value: object): InterloopError {
  const name = isMap(value) ? "A Map" : ArrayBuffer.isView(value) ? "A typed array" : "An object";
  return new InterloopError(
    "not-convertible",
    `${name} in a key, or in a Set, has no counterpart in Python, where keys must be hashable; use an Array or text as key, or python.ref() where the object itself is the key`,
  );
}

function isPlain(item: object): boolean {
  return isPlainPrototype(Object.getPrototypeOf(item));
}

function isPromise(value: object): boolean {
  return isPromiseOfEngine(value) || typeof (value as { then?: unknown }).then === "function";
}
