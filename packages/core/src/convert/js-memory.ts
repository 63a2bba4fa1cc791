/** The memory of JS values, for Python's buffer protocol. */
import { Memory } from "../binding.ts";
import type { MemoryLook } from "../binding.ts";
import { isArrayBuffer, isSharedArrayBuffer } from "../realms.ts";

/** The struct format and the size of a typed array's items, by its name. */
const ITEMS: Readonly<Record<string, readonly [format: string, size: number]>> = {
  Int8Array: ["b", 1],
  Uint8Array: ["B", 1],
  Uint8ClampedArray: ["B", 1],
  Int16Array: ["h", 2],
  Uint16Array: ["H", 2],
  Int32Array: ["i", 4],
  Uint32Array: ["I", 4],
  Float16Array: ["e", 2],
  Float32Array: ["f", 4],
  Float64Array: ["d", 8],
  BigInt64Array: ["q", 8],
  BigUint64Array: ["Q", 8],
};
const BYTES = ["B", 1] as const;

// Taken from the prototypes, since a program may give its objects properties of these names. They know the objects of other realms too, whose classes are not ours.
const typedArrays = Object.getPrototypeOf(Uint8Array.prototype) as object;
const nameOfTypedArray = getter(typedArrays, Symbol.toStringTag);
const partOfTypedArray = [getter(typedArrays, "buffer"), getter(typedArrays, "byteOffset"), getter(typedArrays, "byteLength")] as const;
const partOfDataView = [getter(DataView.prototype, "buffer"), getter(DataView.prototype, "byteOffset"), getter(DataView.prototype, "byteLength")] as const;
const isDetached = getter(ArrayBuffer.prototype, "detached");
const isResizable = getter(ArrayBuffer.prototype, "resizable");

function getter(prototype: object, name: PropertyKey): (of: object) => unknown {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return (of) => (get === undefined ? undefined : Reflect.apply(get, of, []));
}

/** The name of a typed array's class, of whichever realm; undefined for anything else. */
export function typedArrayName(value: object): string | undefined {
  return nameOfTypedArray(value) as string | undefined;
}

/** Is it a typed array, a DataView, an ArrayBuffer or a SharedArrayBuffer, of whichever realm? */
export function isMemory(value: object): boolean {
  if (ArrayBuffer.isView(value)) return true;
  return isArrayBuffer(value) || isSharedArrayBuffer(value);
}

/** What `Operation.memory` answers. */
export function memoryOf(target: object): MemoryLook | string {
  const name = typedArrayName(target);
  const parts = name !== undefined ? partOfTypedArray : ArrayBuffer.isView(target) ? partOfDataView : undefined;
  const buffer = (parts === undefined ? target : parts[0](target)) as ArrayBuffer;
  const fixed = isArrayBuffer(buffer);
  if (fixed && isDetached(buffer) === true) return "This JavaScript buffer has no memory any more: it was transferred";
  const [format, size] = ITEMS[name!] ?? BYTES;
  const bytes = parts === undefined ? new Uint8Array(buffer) : new Uint8Array(buffer, parts[1](target) as number, parts[2](target) as number);
  return [bytes, buffer, format, size, !fixed ? Memory.shared : isResizable(buffer) === true ? Memory.resizable : Memory.fixed];
}
