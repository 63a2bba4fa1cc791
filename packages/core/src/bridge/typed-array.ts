/** Which typed array shows the memory of a Python buffer, by the format that the `struct` module gives it. */

/** The typed arrays that {@link typedArrayOf} makes. */
export type PyBuffer =
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

type Make = new (memory: ArrayBuffer) => PyBuffer;

const SIGNED: Record<number, Make> = { 1: Int8Array, 2: Int16Array, 4: Int32Array, 8: BigInt64Array };
const UNSIGNED: Record<number, Make> = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array };
const FLOATS: Record<number, Make> = { 4: Float32Array, 8: Float64Array };

/** The bytes as numbers, where JS has an array of such numbers; else as bytes. */
export function typedArrayOf(memory: ArrayBuffer, format: string, itemSize: number): PyBuffer {
  const code = /^[@=<]?([bhilqnBHILQNfd])$/.exec(format)?.[1] ?? "";
  const table =
    "bhilqn".includes(code) && code !== "" ? SIGNED : "BHILQN".includes(code) && code !== "" ? UNSIGNED : "fd".includes(code) && code !== "" ? FLOATS : {};
  return new (table[itemSize] ?? Uint8Array)(memory);
}
