/** Reads what the addon wrote down of Python's data in one walk (native `data_to_js.cc`, whose codes these are). */
import { InterloopError } from "../errors.ts";

const Code = {
  none: 0,
  true: 1,
  false: 2,
  number: 3,
  text: 4,
  bigint: 5,
  array: 6,
  frozen: 7,
  numbers: 8,
  shape: 9,
  object: 10,
  map: 11,
  set: 12,
} as const;

/** What `NativeBinding.flatten` answers: codes, numbers, and texts as JSON. */
export type Flattened = readonly [codes: Uint8Array, numbers: Float64Array, texts: string];

/** Build the value. */
export function read([codes, numbers, texts]: Flattened): unknown {
  return new Reader(codes, numbers, JSON.parse(texts) as string[]).item();
}

class Reader {
  readonly #codes: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #texts: readonly string[];
  #code = 0;
  #number = 0;
  #text = 0;
  readonly #made: unknown[] = [];
  readonly #shapes: (readonly string[])[] = [];

  constructor(codes: Uint8Array, numbers: Float64Array, texts: readonly string[]) {
    this.#codes = codes;
    this.#numbers = numbers;
    this.#texts = texts;
  }

  item(): unknown {
    switch (this.#codes[this.#code++]) {
      case Code.none:
        return null;
      case Code.true:
        return true;
      case Code.false:
        return false;
      case Code.number:
        return this.#numbers[this.#number++];
      case Code.text:
        return this.#texts[this.#text++];
      case Code.bigint: {
        const digits = this.#texts[this.#text++]!;
        return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits);
      }
      case Code.array:
        return this.#array();
      case Code.frozen:
        return Object.freeze(this.#array());
      case Code.numbers: {
        const count = this.#next();
        const array = Array.from(this.#numbers.subarray(this.#number, this.#number + count));
        this.#number += count;
        this.#made.push(array);
        return array;
      }
      case Code.shape: {
        const count = this.#next();
        const keys = this.#texts.slice(this.#text, this.#text + count);
        this.#text += count;
        this.#shapes.push(keys);
        return this.#object(keys);
      }
      case Code.object:
        return this.#object(this.#shapes[this.#next()]!);
      case Code.map: {
        const count = this.#next();
        const map = new Map<unknown, unknown>();
        this.#made.push(map);
        for (let index = 0; index < count; index++) {
          const key = this.item();
          map.set(key, this.item());
        }
        checkSize(count, map.size, "keys of a dict");
        return map;
      }
      case Code.set: {
        const count = this.#next();
        const set = new Set<unknown>();
        this.#made.push(set);
        for (let index = 0; index < count; index++) set.add(this.item());
        checkSize(count, set.size, "members of a set");
        return set;
      }
      default:
        return this.#made[this.#next()];
    }
  }

  #next(): number {
    return this.#numbers[this.#number++]!;
  }

  #array(): unknown[] {
    const count = this.#next();
    const array: unknown[] = [];
    this.#made.push(array);
    for (let index = 0; index < count; index++) array.push(this.item());
    return array;
  }

  #object(keys: readonly string[]): object {
    const object: Record<string, unknown> = {};
    this.#made.push(object);
    for (const key of keys) {
      const value = this.item();
      if (key === "__proto__") Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      else object[key] = value;
    }
    return object;
  }
}

/** Nothing is lost where Python tells apart what JS does not. */
export function checkSize(wanted: number, size: number, what: string): void {
  if (size === wanted) return;
  throw new InterloopError("not-convertible", `Two ${what} are the same value in JS, so one of them would be lost`);
}
