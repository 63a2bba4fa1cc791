/** The memory of JS values, for Python's buffer protocol, and who uses it. */
import { InterloopError } from "../errors.ts";
import { binding, environment } from "./link.ts";

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

// Taken from the prototypes, since a program may give its objects properties of these names.
const typedArrayName = getter(Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag);
const isDetached = getter(ArrayBuffer.prototype, "detached");
const isResizable = getter(ArrayBuffer.prototype, "resizable");

function getter(prototype: object, name: PropertyKey): (of: object) => unknown {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return (of) => (get === undefined ? undefined : Reflect.apply(get, of, []));
}

/** Keeps an ArrayBuffer while Python has its address; as a value kept for Python it goes when Python lets go. */
export class Hold {
  readonly buffer: ArrayBufferLike;
  constructor(buffer: ArrayBufferLike) {
    this.buffer = buffer;
  }
}

/** What `Operation.memory` answers. */
export function memoryOf(target: object): readonly unknown[] | string {
  const view = ArrayBuffer.isView(target) ? target : undefined;
  const buffer = view === undefined ? (target as ArrayBufferLike) : view.buffer;
  if (buffer instanceof ArrayBuffer) {
    if (isDetached(buffer) === true) return "This JavaScript buffer has no memory any more: it was transferred";
    // Shrinking gives its pages back to the system, and whoever reads them then is ended by it.
    if (isResizable(buffer) === true) return "The memory of a resizable ArrayBuffer can go away while Python uses it; give Python a copy, made with slice()";
    if (!guarding) {
      guarding = true;
      environment.guardTransfers(refuseWhenUsed);
    }
  }
  const [format, size] = ITEMS[typedArrayName(target) as string] ?? BYTES;
  const bytes = view === undefined ? new Uint8Array(buffer) : new Uint8Array(buffer, view.byteOffset, view.byteLength);
  return [bytes, buffer, environment.values.keepApart(new Hold(buffer)), format, size];
}

let guarding = false;

/** Throws when Python uses the memory of `buffer`. */
function refuseWhenUsed(buffer: unknown): void {
  if (!isUsed(buffer)) return;
  // What Python has let go of since may still be on its way here.
  binding.drain();
  if (isUsed(buffer)) {
    throw new InterloopError(
      "buffer-in-use",
      "Cannot transfer an ArrayBuffer whose memory Python uses; let go of the memoryview or array in Python first, or transfer a copy, made with slice()",
    );
  }
}

function isUsed(buffer: unknown): boolean {
  for (const value of environment.values.all()) if (value instanceof Hold && value.buffer === buffer) return true;
  return false;
}
