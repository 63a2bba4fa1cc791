/**
 * Writes plain data for the addon: one walk, in codes, numbers and one text. The addon builds Python's containers from that (native `data_tape.h`), without a call between the
 * languages for each value. All of the program's code that can run (getters, traps) runs in this walk, before Python has anything of it.
 */
import { TAPE } from "../binding.ts";
import { InterloopError } from "../errors.ts";
import { Code, Tape } from "./data-tape.ts";
import { environment, callSlots } from "../environment/environment.ts";
import { plainKind, refuseSparse } from "./plain-data.ts";
import type { PlainKind } from "./plain-data.ts";
import { HANDLE, handleOf } from "../environment/refs.ts";

/** Up to so many containers are looked for one by one; then in a Map. */
const FEW = 8;
/** Deeper data is converted by the slower way, which needs no stack. */
const DEEP = 200;
/** How many layouts of objects are remembered at each level. */
const LAYOUTS = 4;

/** Thrown when the data has something that only the slower way can convert. */
export const SLOW: unique symbol = Symbol("slow");

/** What a value that is no data is to the addon: the Ref of a Python object, or the JsId and the number of its type. */
export type Named = { readonly ref: number } | { readonly id: number; readonly type: number };

/** The addon's tape, or what did not fit on it: texts, codes, numbers. */
export type Written = string | readonly [string, Uint8Array, Float64Array];

interface Layout {
  readonly keys: readonly string[];
  readonly number: number;
}

let tapeCodes: Uint8Array | undefined;
let tapeNumbers: Float64Array | undefined;
let busy = false;

/** Write plain data of this kind; undefined when it turns out to be none, since it has methods. `name` says what is to become of a value that is no data; `whole`: objects with methods are data as well. Throws {@link SLOW}. */
export function write(value: object, kind: PlainKind, name: (value: object | symbol) => Named, whole = false): Written | undefined {
  if (tapeCodes === undefined) {
    const start = TAPE.start * 8;
    tapeNumbers = new Float64Array(callSlots.buffer, start, TAPE.numbers);
    tapeCodes = new Uint8Array(callSlots.buffer, start + TAPE.numbers * 8, TAPE.codes);
  }
  // A getter may call Python with data of its own: that must not be written over this one's.
  const shared = !busy;
  const codes = shared ? tapeCodes : new Uint8Array(TAPE.codes);
  const writer = new DataWriter(codes, shared ? tapeNumbers! : new Float64Array(TAPE.numbers), name, whole);
  busy = true;
  try {
    if (!writer.data(value, kind, 0)) {
      writer.discard(0);
      return undefined;
    }
    return writer.finish(shared ? tapeCodes : undefined);
  } catch (error) {
    writer.discard(0);
    throw error;
  } finally {
    if (shared) busy = false;
  }
}

class DataWriter extends Tape {
  readonly #name: (value: object | symbol) => Named;
  readonly #whole: boolean;
  /** The containers, by their number. */
  readonly #met: object[] = [];
  #numberOf: Map<object, number> | undefined;
  /** The tuples that are not whole yet. */
  readonly #openTuples: number[] = [];
  #layouts: Layout[][] = [];
  #layoutCount = 0;
  /** What has functions: met before, and no data. */
  #things: Set<object> | undefined;
  /** The objects with functions that are data as well: where their codes are, and the JsIds. */
  readonly #jsDicts: { readonly at: number; readonly id: number }[] = [];
  readonly #refs: number[] = [];
  readonly #ids: number[] = [];
  readonly #dates: number[] = [];

  constructor(codes: Uint8Array, numbers: Float64Array, name: (value: object | symbol) => Named, whole: boolean) {
    super(codes, numbers);
    this.#whole = whole;
    this.#name = name;
  }

  /** One value. */
  #item(value: unknown, level: number): void {
    if (this.code === this.codes.length) this.growCodes();
    if (this.number === this.numbers.length) this.growNumbers(1);
    switch (typeof value) {
      case "number":
        this.codes[this.code++] = Code.number;
        this.numbers[this.number++] = value;
        return;
      case "string":
        this.codes[this.code++] = Code.text;
        this.numbers[this.number++] = value.length;
        this.text += value;
        return;
      case "boolean":
        this.codes[this.code++] = value ? Code.true : Code.false;
        return;
      case "undefined":
        this.codes[this.code++] = Code.none;
        return;
      case "bigint": {
        const digits = value.toString(16);
        this.put(Code.bigint, digits.length);
        this.text += digits;
        return;
      }
      case "object": {
        if (value === null) {
          this.codes[this.code++] = Code.none;
          return;
        }
        const kind = dataKind(value);
        if (kind !== undefined && this.data(value, kind, level)) return;
        this.#named(value);
        return;
      }
      default:
        this.#named(value as object | symbol);
    }
  }

  /** Plain data; false when it is none after all, and nothing is written. */
  data(value: object, kind: PlainKind, level: number): boolean {
    if (kind === "date") {
      this.#date(value as Date);
      return true;
    }
    if (this.#things?.has(value) === true) return false;
    const met = this.#find(value);
    if (met >= 0) {
      // Only the slower way can let a tuple hold itself through a list.
      if (this.#openTuples.includes(met)) throw SLOW;
      this.put(Code.seen, met);
      return true;
    }
    if (level >= DEEP) throw SLOW;
    if (kind === "object") return this.#object(value as Record<string, unknown>, level);
    this.#meet(value);
    if (kind === "array") this.#array(value as unknown[], level);
    else if (kind === "map") this.#map(value as Map<unknown, unknown>, level);
    else this.#set(value as Set<unknown>, level);
    return true;
  }

  #array(array: readonly unknown[], level: number): void {
    const { length } = array;
    refuseSparse(array);
    const frozen = Object.isFrozen(array);
    if (frozen) this.#openTuples.push(this.#met.length - 1);
    this.put(frozen ? Code.tuple : Code.list, length);
    let index = 0;
    if (!frozen && length > 2 && typeof array[0] === "number") index = this.#leadingNumbers(array, length);
    for (; index < length; index++) this.#item(array[index], level + 1);
    if (frozen) this.#openTuples.pop();
  }

  /** The numbers that an array begins with, in one go; answers how many. */
  #leadingNumbers(array: readonly unknown[], length: number): number {
    if (this.number + length > this.numbers.length) this.growNumbers(length);
    const numbers = this.numbers;
    const start = this.number;
    let index = 0;
    for (; index < length; index++) {
      const value = array[index];
      if (typeof value !== "number") break;
      numbers[start + index] = value;
    }
    this.number += index;
    if (index === length) this.codes[this.code - 1] = Code.numbers;
    else {
      while (this.code + index > this.codes.length) this.growCodes();
      this.codes.fill(Code.number, this.code, this.code + index);
      this.code += index;
    }
    return index;
  }

  #object(object: Readonly<Record<string, unknown>>, level: number): boolean {
    const keys = Object.keys(object);
    const before = { code: this.code, number: this.number, text: this.text, met: this.#met.length };
    const held = { ids: this.#ids.length, refs: this.#refs.length, dates: this.#dates.length, jsDicts: this.#jsDicts.length };
    let takesFunctions = this.#whole;
    this.#meet(object);
    this.#layout(keys, level);
    for (const key of keys) {
      const value = object[key];
      if (!takesFunctions && typeof value === "function" && handleOf(value) === undefined && !hasBehaviour(object)) {
        takesFunctions = true;
        this.codes[before.code] = this.codes[before.code] === Code.shape ? Code.jsShape : Code.jsDict;
        this.#jsDicts.push({ at: before.code, id: environment.values.keep(object) });
      }
      if (typeof value !== "function" || takesFunctions || handleOf(value) !== undefined) {
        this.#item(value, level + 1);
        continue;
      }
      // A thing with behaviour: nothing of it is copied.
      this.code = before.code;
      this.number = before.number;
      this.text = before.text;
      for (const each of this.#met.splice(before.met)) this.#numberOf?.delete(each);
      this.discard(held.ids, held.jsDicts);
      this.#refs.length = held.refs;
      this.#dates.length = held.dates;
      this.#layouts.length = 0;
      this.#layoutCount = countShapes(this.codes, this.code);
      (this.#things ??= new Set()).add(object);
      return false;
    }
    return true;
  }

  /** The keys: those of an object that was met at this level shortly before, or a new shape. */
  #layout(keys: readonly string[], level: number): void {
    const known = (this.#layouts[level] ??= []);
    for (const layout of known) {
      if (sameKeys(layout.keys, keys)) {
        this.put(Code.dict, layout.number);
        return;
      }
    }
    this.put(Code.shape, keys.length);
    if (this.number + keys.length >= this.numbers.length) this.growNumbers(keys.length + 1);
    for (const key of keys) {
      this.numbers[this.number++] = key.length;
      this.text += key;
    }
    const number = this.#layoutCount++;
    this.numbers[this.number++] = number;
    if (known.length === LAYOUTS) known.pop();
    known.unshift({ keys, number });
  }

  #map(map: Map<unknown, unknown>, level: number): void {
    const entries = Array.from(mapEntries.call(map) as IterableIterator<readonly [unknown, unknown]>);
    this.put(Code.map, entries.length);
    for (const [key, value] of entries) {
      this.#key(key, level);
      this.#item(value, level + 1);
    }
  }

  #set(set: Set<unknown>, level: number): void {
    const members = Array.from(setValues.call(set) as IterableIterator<unknown>);
    this.put(Code.set, members.length);
    for (const member of members) this.#key(member, level);
  }

  /** A key must be hashable: the slower way makes tuples of arrays. */
  #key(key: unknown, level: number): void {
    if (typeof key === "object" && key !== null && dataKind(key) !== undefined) throw SLOW;
    this.#item(key, level + 1);
  }

  #date(date: Date): void {
    const time = Number(dateTime.call(date));
    if (Number.isNaN(time)) throw new InterloopError("not-convertible", "An invalid Date has no Python equivalent");
    this.put(Code.date, this.#dates.push(time) - 1);
  }

  #named(value: object | symbol): void {
    const named = this.#name(value);
    if ("ref" in named) {
      this.put(Code.object, this.#refs.push(named.ref) - 1);
      return;
    }
    this.#ids.push(named.id);
    this.put(Code.jsObject, named.id);
    if (this.number === this.numbers.length) this.growNumbers(1);
    this.numbers[this.number++] = named.type;
  }

  /** The number of a container that was met before, or -1. */
  #find(container: object): number {
    return this.#numberOf === undefined ? this.#met.indexOf(container) : (this.#numberOf.get(container) ?? -1);
  }

  #meet(container: object): void {
    const number = this.#met.push(container) - 1;
    if (this.#numberOf !== undefined) this.#numberOf.set(container, number);
    else if (number === FEW) this.#numberOf = new Map(this.#met.map((each, index) => [each, index]));
  }

  /** The header, and what is named by its place. */
  finish(sharedCodes: Uint8Array | undefined): Written {
    const end = this.number;
    const more = this.#refs.length + this.#ids.length + this.#dates.length + this.#jsDicts.length;
    if (end + more > this.numbers.length) this.growNumbers(more);
    this.numbers.set([this.code, end, this.#refs.length, this.#ids.length, this.#dates.length, this.#met.length, this.#jsDicts.length]);
    for (const each of [this.#refs, this.#ids, this.#dates]) for (const number of each) this.numbers[this.number++] = number;
    // The addon takes them in the order of their codes; inner objects may have been found first.
    if (this.#jsDicts.length > 1) this.#jsDicts.sort((one, other) => one.at - other.at);
    for (const { id } of this.#jsDicts) this.numbers[this.number++] = id;
    const onTape = this.codes === sharedCodes && this.numbers === tapeNumbers;
    return onTape ? this.text : [this.text, this.codes, this.numbers];
  }

  /** Give the JS values back that were kept for Python from the place `from` on. */
  discard(from: number, jsDicts = from): void {
    for (const id of this.#ids.splice(from)) environment.values.release(id);
    for (const { id } of this.#jsDicts.splice(jsDicts)) environment.values.release(id);
  }
}

const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;
const dateTime = Date.prototype.getTime;

/** The kind of plain data; undefined for handles, and for what a Proxy does not tell. */
export function dataKind(value: object): PlainKind | undefined {
  try {
    return (value as Record<symbol, unknown>)[HANDLE] === undefined ? plainKind(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Is an object with functions more than a record of them? Iterators and thenables are, and what has getters or setters, which only the object itself can run. */
function hasBehaviour(object: Readonly<Record<string, unknown>>): boolean {
  for (const key of Object.keys(object)) {
    if ((key === "next" || key === "then") && typeof object[key] === "function") return true;
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property === undefined || property.get !== undefined || property.set !== undefined) return true;
  }
  return false;
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function countShapes(codes: Uint8Array, end: number): number {
  let count = 0;
  for (let index = 0; index < end; index++) if (codes[index] === Code.shape || codes[index] === Code.jsShape) count++;
  return count;
}
