/** Deep conversion between containers of the two languages. Both ways work on a list of containers to fill, so that depth costs no stack and cycles stay cycles. */
import { InterloopError } from "../errors.ts";
import { askHelper, callHelper } from "./helpers.ts";
import { binding } from "./link.ts";
import type { PyObject } from "./py-object.ts";
import { handleOf, live } from "./refs.ts";

/** How {@link toJs} converts. */
export interface ToJsOptions {
  /** How many levels of containers to convert; what lies deeper stays a handle. All of them unless given. */
  readonly depth?: number;
  /** What a dict becomes. Unless given: a plain object when every key is a string, a Map otherwise. `"object"` throws for other keys. */
  readonly dict?: "object" | "map";
}

/** How {@link toPy} converts. */
export interface ToPyOptions {
  /** How many levels of containers to convert; what lies deeper stays a JS object. All of them unless given. */
  readonly depth?: number;
}

// Kinds of Python objects, as `_bridge.classify` counts them.
const LIST = 1;
const DICT_OF_STR = 2;
const DICT = 3;
const SET = 4;
const BYTES = 5;
const KINDS = 8;

/** How many values one call carries: arguments are on the engine's stack. */
const CHUNK = 1000;

interface Pending {
  readonly level: number;
  fill(): void;
}

/**
 * Convert a Python value deeply: list and tuple to Array, dict to a plain object or a Map, set and frozenset to Set, bytes and bytearray to a Uint8Array
 * with a copy. Objects that occur twice, and cycles, keep their identity. Everything else stays as it is.
 *
 * @throws InterloopError `bad-argument` for a dict with other keys than strings under `dict: "object"`, and for a negative depth.
 */
export function toJs<T = unknown>(value: unknown, options: ToJsOptions = {}): T {
  const root = handleOf(value);
  if (root === undefined) return value as T;
  const depth = checkDepth(options.depth);
  if (options.dict !== undefined && options.dict !== "object" && options.dict !== "map") {
    throw new InterloopError("bad-argument", `The option "dict" must be "object" or "map", not "${String(options.dict)}"`);
  }
  const seen = new Map<number, unknown>();
  const alive: unknown[] = []; // An id names an object only while the object lives.
  const queue: Pending[] = [];

  const convert = (item: unknown, level: number): unknown => {
    const handle = handleOf(item);
    if (handle === undefined || level >= depth) return item;
    live(handle);
    const answer = askHelper("classify", handle.proxy) as number;
    const kind = answer % KINDS;
    if (kind === 0) return item;
    const id = (answer - kind) / KINDS;
    if (seen.has(id)) return seen.get(id);
    alive.push(item);
    const made = begin(kind, handle.proxy, level);
    seen.set(id, made);
    return made;
  };

  const begin = (kind: number, source: PyObject, level: number): unknown => {
    if (kind === BYTES) return copyBytes(source);
    if (kind === LIST) {
      const array: unknown[] = [];
      queue.push({ level, fill: () => pull("spread", source).forEach((item) => array.push(convert(item, level + 1))) });
      return array;
    }
    if (kind === SET) {
      const set = new Set<unknown>();
      queue.push({ level, fill: () => pull("spread", source).forEach((item) => set.add(convert(item, level + 1))) });
      return set;
    }
    if (kind === DICT && options.dict === "object") {
      throw new InterloopError(
        "bad-argument",
        'A dict with keys that are not strings cannot become a plain object; leave out the option "dict" or set it to "map"',
      );
    }
    if (kind === DICT_OF_STR && options.dict !== "map") {
      const object: Record<string, unknown> = {};
      const put = (key: unknown, item: unknown): void => define(object, key as string, convert(item, level + 1));
      queue.push({ level, fill: () => spreadPairs(source, put) });
      return object;
    }
    const map = new Map<unknown, unknown>();
    queue.push({ level, fill: () => spreadPairs(source, (key, item) => map.set(convert(key, level + 1), convert(item, level + 1))) });
    return map;
  };

  const result = convert(value, 0);
  for (let next = 0; next < queue.length; next++) queue[next]!.fill();
  return result as T;
}

/**
 * Convert a JS value deeply: Array to list, Map and plain object to dict, Set to set, Uint8Array and ArrayBuffer to bytes with a copy, Date to an aware datetime in UTC.
 * Objects that occur twice, and cycles, keep their identity. Everything else goes across as it does in a call.
 *
 * @throws InterloopError `bad-argument` for an invalid Date and a negative depth; PyError TypeError for what Python cannot hash, as a key or in a set.
 */
export function toPy<T = PyObject>(value: unknown, options: ToPyOptions = {}): T {
  const depth = checkDepth(options.depth);
  const seen = new Map<object, unknown>();
  const queue: Pending[] = [];

  const convert = (item: unknown, level: number): unknown => {
    if (typeof item !== "object" || item === null || level >= depth || handleOf(item) !== undefined) return item;
    const known = seen.get(item);
    if (known !== undefined) return known;
    const made = begin(item, level);
    if (made !== item) seen.set(item, made);
    return made;
  };

  const begin = (item: object, level: number): unknown => {
    if (Array.isArray(item)) {
      const list = callHelper("new_list");
      queue.push({
        level,
        fill: () =>
          gather(
            "extend_list",
            list,
            item.map((entry) => convert(entry, level + 1)),
          ),
      });
      return list;
    }
    if (item instanceof Set) {
      const set = callHelper("new_set");
      queue.push({
        level,
        fill: () =>
          gather(
            "extend_set",
            set,
            Array.from(item, (entry) => convert(entry, level + 1)),
          ),
      });
      return set;
    }
    if (item instanceof Map || isPlain(item)) {
      const dict = callHelper("new_dict");
      const entries = item instanceof Map ? Array.from(item.entries()) : Object.entries(item);
      queue.push({
        level,
        fill: () =>
          gather(
            "extend_dict",
            dict,
            entries.flatMap(([key, entry]) => [convert(key, level + 1), convert(entry, level + 1)]),
          ),
      });
      return dict;
    }
    if (item instanceof Uint8Array || item instanceof ArrayBuffer) return callHelper("new_bytes", item);
    if (item instanceof Date) {
      const time = item.getTime();
      if (Number.isNaN(time)) throw new InterloopError("bad-argument", "An invalid Date has no Python equivalent");
      return callHelper("new_datetime", time);
    }
    return item;
  };

  const result = convert(value, 0);
  for (let next = 0; next < queue.length; next++) queue[next]!.fill();
  return result as T;
}

function checkDepth(depth: number | undefined): number {
  if (depth === undefined) return Infinity;
  if (!(depth >= 0)) throw new InterloopError("bad-argument", `The option "depth" must be a number of levels, not ${String(depth)}`);
  return depth;
}

function pull(name: string, source: PyObject): unknown[] {
  const items: unknown[] = [];
  const take = (...chunk: unknown[]): void => {
    items.push(...chunk);
  };
  askHelper(name, source, take, CHUNK);
  return items;
}

function spreadPairs(source: PyObject, take: (key: unknown, value: unknown) => void): void {
  const items = pull("spread_pairs", source);
  for (let next = 0; next < items.length; next += 2) take(items[next], items[next + 1]);
}

function gather(name: string, container: unknown, items: unknown[]): void {
  for (let start = 0; start < items.length; start += CHUNK) callHelper(name, container, ...items.slice(start, start + CHUNK));
}

function copyBytes(source: PyObject): Uint8Array {
  const [memory] = binding.buffer(live(handleOf(source)!));
  return new Uint8Array(memory.slice(0));
}

function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

function isPlain(item: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === Object.prototype || prototype === null;
}
