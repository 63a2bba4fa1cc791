/** Deep conversion to JS. Python walks (`_to_js.py`) and writes down what it meets, in codes and values; this file builds it. */
import { InterloopError } from "../errors.ts";
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import { checkSize, read } from "./data-reader.ts";
import { codecOf } from "./buffer-elements.ts";
import { byReference } from "./js-ref.ts";
import { binding } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf, live } from "../environment/refs.ts";
import { temporalFrom } from "./temporal.ts";

/** How {@link Python.toJs} converts. Whatever is not said leaves a handle where JS has nothing that would come back equal. */
export interface ToJsOptions {
  /** How many levels of containers to convert; what lies deeper stays a handle. All of them unless given. */
  readonly depth?: number;
  /** What a dict becomes. Unless given: a plain object when every key is a string, a Map otherwise. `"object"` throws for other keys. */
  readonly dict?: "object" | "map";
  /** What a tuple becomes. Unless given a frozen Array, which comes back as a tuple; `"array"`: an Array like that of a list. */
  readonly tuple?: "frozen" | "array";
  /**
   * What `datetime`, `date`, `time` and `timedelta` become. `"date"`: a Date (of a date: midnight UTC; a datetime without a zone is local time), which drops microseconds and the zone, and of a timedelta the
   * milliseconds; a time stays a handle. `"iso"`: text in ISO 8601. `"temporal"`: ZonedDateTime, PlainDateTime, PlainDate, PlainTime and Duration, without loss, where the runtime has `Temporal`.
   */
  readonly datetime?: "date" | "iso" | "temporal";
  /** What numbers that are no plain int or float become: Decimal, Fraction, numpy's scalars, subclasses. `"number"`: number or bigint; `"string"`: their text. */
  readonly number?: "number" | "string";
  /** What texts that are no plain str become: subclasses of str, UUID, paths. */
  readonly text?: "string";
  /** What a member of an Enum becomes: its value, or its name. */
  readonly enum?: "value" | "name";
  /** What dataclasses, named tuples, models of pydantic and SimpleNamespace become: a plain object of their fields. */
  readonly record?: "object";
  /** Convert also what merely acts as a container: `"convert"` makes Arrays of deque, range, views of values and every other sequence, Sets of views of keys, objects or Maps of other mappings. */
  readonly collection?: "convert";
  /** What a table of pandas, polars or pyarrow becomes: an Array of plain objects (`"rows"`, which is also what it becomes unless given), or a plain object of columns, which are typed arrays where the memory has numbers without gaps; `"arrow"`: a Uint8Array of Arrow's IPC stream, of anything that has `__arrow_c_stream__`, for `tableFromIPC` of apache-arrow. Python writes it once, and JS sees that memory. */
  readonly frame?: "rows" | "columns" | "arrow";
  /** What an array of numpy becomes: nested Arrays (unless given), or a typed array of the same items, where it has one dimension and JS has such items. */
  readonly ndarray?: "nested" | "typed";
  /** What an exception becomes: a PyError, or the JS error that it stands for. */
  readonly exception?: "error";
  /**
   * Called once for each object that nothing else converts; what it returns takes the object's place, converted in turn when it is a Python object, as with `json.dumps(default=...)`. Throw to refuse handles in the result.
   */
  readonly default?: (value: PyObject) => unknown;
}

/** The options that choose a form, and the forms. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  dict: ["object", "map"],
  tuple: ["frozen", "array"],
  datetime: ["date", "iso", "temporal"],
  number: ["number", "string"],
  text: ["string"],
  enum: ["value", "name"],
  record: ["object"],
  collection: ["convert"],
  frame: ["rows", "columns", "arrow"],
  ndarray: ["nested", "typed"],
  exception: ["error"],
};

/** The options that choose no form. */
const OTHERS: ReadonlySet<string> = new Set(["depth", "default"]);

/** How many values one call carries: arguments are on the engine's stack. */
const CHUNK = 1000;

/** Convert a Python value deeply; `errorOf` makes the JS error for an exception. Anything but a handle stays as it is. */
export function convertToJs(value: unknown, options: ToJsOptions, errorOf: (exception: unknown) => unknown): unknown {
  const root = handleOf(value);
  if (root === undefined) return value;
  live(root);
  const depth = checkDepth(options.depth);
  const choices = choicesOf(options as Readonly<Record<string, unknown>>, FORMS);
  if (options.datetime === "temporal") temporalFrom("PlainDate", "1970-01-01", "");
  if (isDefault(options)) {
    const flattened = binding.flatten(live(root));
    if (flattened !== undefined) return read(flattened);
  }
  const written = new Written();
  const hook = checkHook(options.default);
  callBridgeInContext(
    "flatten",
    value,
    written.take,
    CHUNK,
    depth,
    choices,
    hook === undefined ? null : (object: PyObject): unknown => byReference(hook(object)),
  );
  return written.codes === "h" ? value : build(written.codes, written.values, errorOf);
}

/** Throw for options that there are not, before there is anything to convert. */
export function checkToJsOptions(options: ToJsOptions): void {
  checkDepth(options.depth);
  choicesOf(options as Readonly<Record<string, unknown>>, FORMS);
  checkHook(options.default);
}

/** Is no option given? Then the addon converts all that needs none of Python's code. */
function isDefault(options: ToJsOptions): boolean {
  for (const key in options) if ((options as Readonly<Record<string, unknown>>)[key] !== undefined) return false;
  return true;
}

/** The data of a handle in the forms that JSON has: what its `toJSON` answers. */
export function convertForJson(value: PyObject): unknown {
  const written = new Written();
  callBridgeInContext("flatten_for_json", value, written.take, CHUNK);
  return build(written.codes, written.values, (exception) => exception);
}

/** What Python wrote down. */
class Written {
  codes = "";
  readonly values: unknown[] = [];
  readonly take = (more: string, ...chunk: unknown[]): void => {
    this.codes += more;
    for (const each of chunk) this.values.push(each);
  };
}

/** Builds what was written down. The codes are those of `_to_js.py`. */
function build(codes: string, values: readonly unknown[], errorOf: (exception: unknown) => unknown): unknown {
  const made: unknown[] = [];
  const open: (() => void)[] = [];
  const frozen: unknown[][] = [];
  let code = 0;
  let next = 0;

  const number = (): number => values[next++] as number;
  const container = <T>(made: T, fill: (made: T, count: number) => void): T => {
    open.push(() => fill(made, number()));
    return made;
  };
  const newArray = (): unknown[] =>
    container<unknown[]>([], (array, count) => {
      for (let index = 0; index < count; index++) array.push(item());
    });
  const make = (kind: string): unknown => {
    switch (kind) {
      case "A":
        return newArray();
      case "F": {
        const array = newArray();
        frozen.push(array);
        return array;
      }
      case "O":
        return container<Record<string, unknown>>({}, (object, count) => {
          for (let index = 0; index < count; index++) define(object, item() as string, item());
          checkSize(count, Object.keys(object).length, "keys of a dict");
        });
      case "M":
        return container(new Map<unknown, unknown>(), (map, count) => {
          for (let index = 0; index < count; index++) map.set(item(), item());
          checkSize(count, map.size, "keys of a dict");
        });
      case "S":
        return container(new Set<unknown>(), (set, count) => {
          for (let index = 0; index < count; index++) set.add(item());
          checkSize(count, set.size, "members of a set");
        });
      case "b":
        return new Uint8Array(copyOf(values[next++]));
      case "z":
        // Python's memory itself, which lives as long as this array.
        return new Uint8Array(binding.buffer(live(handleOf(values[next++])!))[0]);
      case "y": {
        const memory = copyOf(values[next++]);
        return new (codecOf(values[next++] as string, number()).Data)(memory);
      }
      case "d":
        return new Date(number());
      case "t":
        return temporalFrom(values[next++] as string, values[next++] as string, values[next++] as string);
      default:
        return errorOf(values[next++]);
    }
  };
  const item = (): unknown => {
    const kind = codes[code++]!;
    if (kind === "v") return values[next++];
    if (kind === "r") return made[number()];
    const index = made.push(undefined) - 1;
    return (made[index] = make(kind));
  };

  const root = item();
  for (let index = 0; index < open.length; index++) open[index]!();
  for (const array of frozen) Object.freeze(array);
  return root;
}

function copyOf(bytes: unknown): ArrayBuffer {
  const [memory, , , , , , , , look] = binding.buffer(live(handleOf(bytes)!));
  const copy = memory.slice(0);
  binding.endBuffer(look);
  return copy;
}

function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

/** The levels to convert. */
export function checkDepth(depth: number | undefined): number {
  if (depth === undefined) return Infinity;
  if (typeof depth !== "number" || !(depth >= 0))
    throw new InterloopError("bad-argument", `The option "depth" must be a number of levels, not ${String(depth)}`);
  return depth;
}

/** The hook, when it is a function. */
export function checkHook<T>(hook: T | undefined): T | undefined {
  if (hook !== undefined && typeof hook !== "function") throw new InterloopError("bad-argument", `The option "default" must be a function, not ${typeof hook}`);
  return hook;
}

/** What was chosen of the forms, as text for Python: `name=form`, with spaces between. */
export function choicesOf(options: Readonly<Record<string, unknown>>, forms: Readonly<Record<string, readonly string[]>>): string {
  for (const name in options) {
    if (options[name] === undefined || OTHERS.has(name) || Object.hasOwn(forms, name)) continue;
    throw new InterloopError("bad-argument", `There is no option "${name}"; there are ${[...OTHERS, ...Object.keys(forms)].join(", ")}`);
  }
  const chosen: string[] = [];
  for (const [name, allowed] of Object.entries(forms)) {
    const form = options[name];
    if (form === undefined) continue;
    if (typeof form !== "string" || !allowed.includes(form)) {
      const listed = allowed.map((each) => `"${each}"`).join(" or ");
      throw new InterloopError("bad-argument", `The option "${name}" must be ${listed}, not "${String(form)}"`);
    }
    chosen.push(`${name}=${form}`);
  }
  return chosen.join(" ");
}
