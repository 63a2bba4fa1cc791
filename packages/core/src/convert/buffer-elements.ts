/** The elements of Python buffers: which typed array holds them, and how one of them is read and written, by the format that the `struct` module gives them. */
import { InterloopError } from "../errors.ts";
import { typedArrayName } from "./js-memory.ts";

/** The typed arrays in which the memory of a Python buffer is seen. */
export type PyBufferData =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** The same typed arrays, of any memory: a program may name them without `ArrayBuffer`, as in `python.buffer<Float64Array>(array)`. */
export type PyBufferView =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** What an element of a Python buffer is in JS. */
export type PyBufferItem = number | bigint | boolean | readonly [real: number, imaginary: number] | Uint8Array<ArrayBuffer>;

interface DataConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (memory: ArrayBuffer): PyBufferData;
}

/** How the elements of one format are seen. */
export interface Codec {
  readonly Data: DataConstructor;
  read(view: DataView<ArrayBuffer>, place: number): PyBufferItem;
  write(view: DataView<ArrayBuffer>, place: number, value: PyBufferItem): void;
}

type Kind = "Int" | "Uint" | "BigInt" | "BigUint" | "Float";

const ARRAYS: Readonly<Record<string, DataConstructor>> = {
  Int8: Int8Array,
  Int16: Int16Array,
  Int32: Int32Array,
  Uint8: Uint8Array,
  Uint16: Uint16Array,
  Uint32: Uint32Array,
  BigInt64: BigInt64Array,
  BigUint64: BigUint64Array,
  Float32: Float32Array,
  Float64: Float64Array,
};

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** How elements of `format`, each of `size` bytes, are seen. */
export function codecOf(format: string, size: number): Codec {
  const [, order = "@", complex, code = ""] = /^([@=<>!]?)(Z?)([a-zA-Z?])$/.exec(format) ?? [];
  const little = order === "<" ? true : order === ">" || order === "!" ? false : LITTLE;
  const native = little === LITTLE || size === 1;
  if (code === "") return bytes(size);
  if (code === "?" && size === 1) return BOOLEAN;
  if (code === "e" && size === 2 && complex === "") return half(little, native);
  const number = numberOf(code, complex === "Z" ? size / 2 : size, little);
  if (number === undefined) return bytes(size);
  const Data = native ? ARRAYS[number.name]! : Uint8Array;
  if (complex !== "Z") return { Data, read: number.read, write: number.write };
  return {
    Data,
    read: (view, place) => [number.read(view, place) as number, number.read(view, place + size / 2) as number],
    write(view, place, value) {
      if (!Array.isArray(value) || value.length !== 2) throw misfit(value, "[real, imaginary]");
      number.write(view, place, value[0] as number);
      number.write(view, place + size / 2, value[1] as number);
    },
  };
}

function numberOf(code: string, size: number, little: boolean): (Omit<Codec, "Data"> & { readonly name: string }) | undefined {
  const kind = kindOf(code, size);
  const name = `${kind}${size * 8}`;
  if (kind === undefined || !Object.hasOwn(ARRAYS, name)) return undefined;
  const get = `get${name}` as "getInt32";
  const set = `set${name}` as "setInt32";
  const wanted = size === 8 && kind !== "Float" ? "bigint" : "number";
  return {
    name,
    read: (view, place) => view[get](place, little),
    write(view, place, value) {
      if (typeof value !== wanted) throw misfit(value, `a ${wanted}`);
      view[set](place, value as number, little);
    },
  };
}

function kindOf(code: string, size: number): Kind | undefined {
  if ("bhilqn".includes(code)) return size === 8 ? "BigInt" : "Int";
  // Characters are seen as their numbers.
  if ("BHILQNcuw".includes(code)) return size === 8 ? "BigUint" : "Uint";
  return code === "f" || code === "d" ? "Float" : undefined;
}

const BOOLEAN: Codec = {
  Data: Uint8Array,
  read: (view, place) => view.getUint8(place) !== 0,
  write(view, place, value) {
    if (typeof value !== "boolean") throw misfit(value, "a boolean");
    view.setUint8(place, value ? 1 : 0);
  },
};

/** Whatever else there is: structures, text, long doubles. */
function bytes(size: number): Codec {
  return {
    Data: Uint8Array,
    read: (view, place) => new Uint8Array(view.buffer, place, size),
    write(view, place, value) {
      if (!isBytes(value) || value.length !== size) throw misfit(value, `a Uint8Array of ${size} bytes`);
      new Uint8Array(view.buffer, place, size).set(value);
    },
  };
}

function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && typedArrayName(value) === "Uint8Array";
}

/** Numbers of 16 bits: newer engines have an array of them, and no engine before that can read one. */
function half(little: boolean, native: boolean): Codec {
  const { Float16Array: Halves } = globalThis as unknown as { Float16Array?: DataConstructor };
  return {
    Data: native && Halves !== undefined ? Halves : Uint8Array,
    read: (view, place) => fromHalf(view.getUint16(place, little)),
    write(view, place, value) {
      if (typeof value !== "number") throw misfit(value, "a number");
      view.setUint16(place, toHalf(value), little);
    },
  };
}

const FRACTION = 1024;
const MOST = 31;

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & MOST;
  const fraction = bits & (FRACTION - 1);
  if (exponent === MOST) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / FRACTION) * 2 ** (exponent - 15);
}

/** Rounded to the nearest, of two to the even one. */
function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  // The power of two below, never smaller than that of the smallest normal number. Above the largest half, rounding goes up to infinity.
  const exponent = Math.max(Math.min(Math.floor(Math.log2(size)), 16), -14);
  const units = even(size / 2 ** (exponent - 10));
  // A fraction that was rounded up to a whole carries into the exponent.
  return sign | (units < FRACTION ? units : Math.min((exponent + 15) * FRACTION + units - FRACTION, MOST * FRACTION));
}

function even(size: number): number {
  const floor = Math.floor(size);
  const rest = size - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function misfit(value: unknown, wanted: string): InterloopError {
  return new InterloopError("bad-argument", `An element of this buffer is ${wanted}, not ${typeof value === "object" ? "an object" : String(value)}`);
}
