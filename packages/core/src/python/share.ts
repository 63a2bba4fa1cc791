/** Memory that JS and Python share without copies in every runtime. */
import { binding } from "../environment/environment.ts";
import { InterloopError } from "../errors.ts";

/** What {@link Python.share} takes besides a number of bytes: memory of JS, whose contents are copied once. */
export type Shareable = ArrayBuffer | ArrayBufferView;

type ViewClass = new (memory: ArrayBuffer) => ArrayBufferView;

/** The built-in class of a view, whatever its own class says of itself. */
function classOf(view: ArrayBufferView): ViewClass {
  const name = Object.prototype.toString.call(view).slice("[object ".length, -1);
  return (globalThis as unknown as Readonly<Record<string, ViewClass | undefined>>)[name] ?? Uint8Array;
}

/** `python.share`. */
export function share(source: unknown): ArrayBuffer | ArrayBufferView {
  if (typeof source === "number") {
    if (!Number.isSafeInteger(source) || source < 0) throw new InterloopError("bad-argument", `python.share() takes a whole number of bytes, not ${source}`);
    return new Uint8Array(binding.share(source));
  }
  const isView = ArrayBuffer.isView(source);
  if (!isView && Object.prototype.toString.call(source) !== "[object ArrayBuffer]") {
    throw new InterloopError("bad-argument", "python.share() takes a number of bytes, a typed array, a DataView or an ArrayBuffer");
  }
  const bytes = isView ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source as ArrayBuffer);
  const memory = binding.share(bytes.length);
  new Uint8Array(memory).set(bytes);
  return isView ? new (classOf(source))(memory) : memory;
}
