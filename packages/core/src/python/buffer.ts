import type { BufferLook } from "../binding.ts";
import { codecOf } from "../convert/buffer-elements.ts";
import type { Codec, PyBufferData, PyBufferItem, PyBufferView } from "../convert/buffer-elements.ts";
import { binding } from "../environment/environment.ts";
import { InterloopError } from "../errors.ts";

/** Options of {@link Python.buffer}. */
export interface BufferOptions {
  /** Throw when Python says that the memory is read-only. */
  readonly writable?: boolean;
}

/**
 * The memory of a Python buffer, without a copy: see {@link Python.buffer}. Mirrors PyO3's `PyBuffer`.
 *
 * Python keeps the memory where it is, and a bytearray cannot be resized, until this object and its `data` are collected or it is disposed. Disposing of the last PyBuffer of an object empties the typed
 * arrays over it (their length becomes 0), so nothing can reach memory that is Python's again; let no read or write of the runtime's own still be going on in it.
 *
 * @example
 * ```ts
 * import { python } from "@interloop/node";
 *
 * const numpy = python.import("numpy");
 * const table = python.eval("lambda a: a[::-1, 1:]")(numpy.arange(6).reshape(2, 3));
 * const view = python.buffer(table);
 * console.log(view.shape, view.strides, view.offset); // [ 2, 2 ] [ -24, 8 ] 24
 * console.log(view.at(0, 0), view.at(-1, -1)); // 4n 2n
 * console.log(view.copy()); // BigInt64Array(4) [ 4n, 5n, 1n, 2n ]
 * ```
 */
export interface PyBuffer<T extends PyBufferView = PyBufferData> {
  /**
   * All of the memory, from the lowest address of an element to the highest: of a C-contiguous buffer its elements in order. The array that fits the format, or bytes where there is none or the
   * memory does not lie as that array needs it. Of complex numbers, real and imaginary parts by turns.
   */
  readonly data: T;
  /** The length of each dimension; `[]` of a single element without any. */
  readonly shape: readonly number[];
  /** How many bytes lie between neighbours, by dimension; may be negative, or 0. */
  readonly strides: readonly number[];
  /** How many bytes of `data` lie before the element whose indices are all 0. */
  readonly offset: number;
  /** What an element is, as in Python's module `struct`. */
  readonly format: string;
  /** The size of an element in bytes. */
  readonly itemSize: number;
  /** How many elements there are. */
  readonly length: number;
  /** Python says that the memory must not be written. JS cannot hold anybody to it: what is written all the same changes what others take for constant. */
  readonly readonly: boolean;
  /** `data` is a copy, made when it was asked for, because the runtime allows JS no memory of others (Electron); it is `readonly`, since Python would not see what is written. */
  readonly copied: boolean;
  /** The elements lie one after the other, the last index first. */
  readonly cContiguous: boolean;
  /** The elements lie one after the other, the first index first. */
  readonly fContiguous: boolean;
  /**
   * The element with these indices, one for each dimension; negative ones count from the end. A number, bigint or boolean, `[real, imaginary]`, or a Uint8Array over the bytes of what JS has no value for.
   * undefined when an index is out of range.
   *
   * @throws InterloopError `bad-argument` for another number of indices; `buffer-disposed`.
   */
  at(...indices: number[]): PyBufferItem | undefined;
  /**
   * Write the element with these indices.
   *
   * @throws InterloopError `bad-argument` for indices that are out of range and for values that do not fit the format; `buffer-unsupported` when the memory is read-only; `buffer-disposed`.
   */
  setAt(indices: readonly number[], value: PyBufferItem): void;
  /** A copy of the elements in order, the last index first, in memory of JS. Throws `buffer-disposed`. */
  copy(): T;
  /** The elements in order, the last index first, as {@link PyBuffer.at} gives them. */
  [Symbol.iterator](): IterableIterator<PyBufferItem>;
  /** Give the memory back. */
  [Symbol.dispose](): void;
}

/** Why a buffer cannot be written, and what to do. */
export function readonlyMessage({ copied }: PyBuffer): string {
  return copied
    ? "This runtime allows JS no memory of others, so this is a copy, and Python would not see what is written: call a method of the object, or write to memory of python.share()"
    : "The memory of this object is read-only; write to a copy";
}

/** The one class of {@link PyBuffer}. */
export class BufferView implements PyBuffer {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly format: string;
  readonly itemSize: number;
  readonly length: number;
  readonly readonly: boolean;
  readonly copied: boolean;
  readonly #look: number;
  readonly #codec: Codec;
  #data: PyBufferData | undefined;
  #bytes: DataView<ArrayBuffer> | undefined;

  constructor([memory, format, itemSize, readonly, offset, alignment, shape, strides, look, copied]: BufferLook) {
    this.shape = Object.freeze(shape);
    this.strides = Object.freeze(strides);
    this.offset = offset;
    this.format = format;
    this.itemSize = itemSize;
    this.readonly = readonly || copied;
    this.copied = copied;
    this.length = shape.reduce((product, count) => product * count, 1);
    this.#look = look;
    this.#codec = codecOf(format, itemSize);
    const { Data } = this.#codec;
    const step = Data.BYTES_PER_ELEMENT;
    const fits = alignment % step === 0 && [...strides, memory.byteLength].every((size) => size % step === 0);
    this.#data = new (fits ? Data : Uint8Array)(memory);
  }

  get data(): PyBufferData {
    if (this.#data === undefined) throw new InterloopError("buffer-disposed", "This PyBuffer was disposed; ask python.buffer() for the memory again");
    return this.#data;
  }

  get cContiguous(): boolean {
    return this.#isContiguous(this.shape.map((_, axis) => this.shape.length - 1 - axis));
  }

  get fContiguous(): boolean {
    return this.#isContiguous(this.shape.map((_, axis) => axis));
  }

  at(...indices: number[]): PyBufferItem | undefined {
    const place = this.#placeOf(indices);
    return place === undefined ? undefined : this.#codec.read(this.#view(), place);
  }

  setAt(indices: readonly number[], value: PyBufferItem): void {
    const place = this.#placeOf(indices);
    if (place === undefined) {
      throw new InterloopError("bad-argument", `There is no element [${indices.join(", ")}] in a buffer of the shape [${this.shape.join(", ")}]`);
    }
    if (this.readonly) throw new InterloopError("buffer-unsupported", readonlyMessage(this));
    this.#codec.write(this.#view(), place, value);
  }

  copy(): PyBufferData {
    const source = new Uint8Array(this.data.buffer);
    const { itemSize } = this;
    if (this.cContiguous) return new this.#codec.Data(source.slice().buffer);
    const target = new Uint8Array(this.length * itemSize);
    let end = 0;
    for (const place of this.#places()) {
      for (let index = 0; index < itemSize; index++) target[end + index] = source[place + index]!;
      end += itemSize;
    }
    return new this.#codec.Data(target.buffer);
  }

  *[Symbol.iterator](): IterableIterator<PyBufferItem> {
    for (const place of this.#places()) yield this.#codec.read(this.#view(), place);
  }

  [Symbol.dispose](): void {
    if (this.#data === undefined) return;
    this.#data = this.#bytes = undefined;
    binding.endBuffer(this.#look);
  }

  #view(): DataView<ArrayBuffer> {
    return (this.#bytes ??= new DataView(this.data.buffer));
  }

  #isContiguous(axes: readonly number[]): boolean {
    if (this.length === 0) return true;
    let expected = this.itemSize;
    for (const axis of axes) {
      const count = this.shape[axis]!;
      if (count !== 1 && this.strides[axis] !== expected) return false;
      expected *= count;
    }
    return true;
  }

  #placeOf(indices: readonly number[]): number | undefined {
    if (indices.length !== this.shape.length) {
      throw new InterloopError("bad-argument", `This buffer has ${this.shape.length} dimensions, so an element has as many indices, not ${indices.length}`);
    }
    let place = this.offset;
    for (const [axis, asked] of indices.entries()) {
      const count = this.shape[axis]!;
      const index = asked < 0 ? asked + count : asked;
      if (!Number.isInteger(index)) throw new InterloopError("bad-argument", `An index of a buffer is a whole number, not ${String(asked)}`);
      if (index < 0 || index >= count) return undefined;
      place += index * this.strides[axis]!;
    }
    return place;
  }

  /** Where the elements are, in order. */
  *#places(): Generator<number> {
    const { shape, strides, length } = this;
    const indices = shape.map(() => 0);
    let place = this.offset;
    for (let done = 0; done < length; done++) {
      yield place;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        place += strides[axis]!;
        if (++indices[axis]! < shape[axis]!) break;
        place -= strides[axis]! * shape[axis]!;
        indices[axis] = 0;
      }
    }
  }
}
