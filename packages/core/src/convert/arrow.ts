/**
 * Tables, record batches and vectors of the package apache-arrow, described for Arrow's C data interface: Python's libraries then read the memory that these have.
 *
 * They are known by what they consist of: the package is the program's, and there may be several versions of it. What is described are the parts that have been the same since its version 7.
 */
import { InterloopError } from "../errors.ts";
import { isMap } from "../realms.ts";
import { JsRef } from "./js-ref.ts";

interface Type {
  readonly typeId: number;
  readonly children?: readonly Field[] | null;
  readonly [more: string]: unknown;
}

interface Field {
  readonly name: string;
  readonly type: Type;
  readonly nullable: boolean;
  readonly metadata?: ReadonlyMap<string, string>;
}

interface Data {
  readonly type: Type;
  readonly length: number;
  readonly offset: number;
  readonly nullCount: number;
  readonly children: readonly Data[];
  readonly values?: ArrayBufferView;
  readonly nullBitmap?: Uint8Array;
  readonly valueOffsets?: ArrayBufferView;
  readonly typeIds?: ArrayBufferView;
  readonly dictionary?: { readonly data: readonly Data[] };
}

/** `[format, name, metadata, flags, children, dictionary]`, frozen: tuples in Python. */
type Schema = readonly unknown[];
/** `[length, nullCount, buffers, children, dictionary]`. */
type Chunk = readonly unknown[];

/** What something of Arrow is: an "array" is a vector of one chunk. */
export type ArrowKind = "table" | "batch" | "vector" | "array";

/** What {@link describeArrow} answers. */
export type ArrowDescription = readonly [schema: Schema, chunks: readonly Chunk[]];

const NULLABLE = 2;
const MAP_KEYS_SORTED = 4;
const ORDERED = 1;
const DICTIONARY = -1;

const tuple = <T>(...items: T[]): readonly T[] => Object.freeze(items);

interface Arrow {
  readonly schema?: { readonly fields?: unknown; readonly metadata?: unknown };
  readonly batches?: unknown;
  readonly data?: unknown;
  readonly type?: Type;
  readonly nullCount?: number;
}

/** What the value is, or undefined for any other value. */
export function arrowKind(value: Arrow): ArrowKind | undefined {
  const { schema, batches, data, type } = value;
  if (isFields(schema?.fields)) {
    if (Array.isArray(batches)) return batches.every((each: Arrow | null) => isData(each?.data)) ? "table" : undefined;
    return isData(data) ? "batch" : undefined;
  }
  if (!Array.isArray(data) || !data.every(isData) || typeof type?.typeId !== "number") return undefined;
  return data.length === 1 ? "array" : "vector";
}

/** The description of what {@link arrowKind} knows. Throws `not-convertible` for types that have no place in it. */
export function describeArrow(value: Arrow): ArrowDescription | undefined {
  const kind = arrowKind(value);
  if (kind === undefined) return undefined;
  const { schema, batches, data, type, nullCount } = value;
  if (kind === "array" || kind === "vector") return tuple<unknown>(schemaOf(type!, "", nullCount !== 0), tuple(...(data as Data[]).map(chunkOf))) as never;
  const chunks = kind === "batch" ? [data] : (batches as Arrow[]).map((each) => each.data);
  return tuple<unknown>(
    schemaOf({ typeId: STRUCT, children: schema!.fields as Field[] }, "", false, schema!.metadata),
    tuple(...(chunks as Data[]).map(chunkOf)),
  ) as never;
}

function isFields(fields: unknown): fields is readonly Field[] {
  return Array.isArray(fields) && fields.every((each: Partial<Field> | null) => typeof each?.name === "string" && typeof each.type?.typeId === "number");
}

function isData(data: unknown): data is Data {
  const { type, length, children } = (data ?? {}) as Partial<Data>;
  return typeof type?.typeId === "number" && typeof length === "number" && Array.isArray(children);
}

const UNITS = ["s", "m", "u", "n"];
const STRUCT = 13;

/** The letters of the format, by `typeId`. */
const FORMATS: Readonly<Record<number, (type: Type) => string>> = {
  1: () => "n",
  2: ({ bitWidth, isSigned }) => ({ 8: "c", 16: "s", 32: "i", 64: "l" })[bitWidth as 8]![isSigned === true ? "toLowerCase" : "toUpperCase"](),
  3: ({ precision }) => "efg"[precision as number]!,
  4: () => "z",
  5: () => "u",
  6: () => "b",
  7: ({ precision, scale, bitWidth }) => `d:${String(precision)},${String(scale)}${bitWidth === undefined || bitWidth === 128 ? "" : `,${String(bitWidth)}`}`,
  8: ({ unit }) => (unit === 0 ? "tdD" : "tdm"),
  9: ({ unit }) => `tt${UNITS[unit as number]!}`,
  10: ({ unit, timezone }) => `ts${UNITS[unit as number]!}:${typeof timezone === "string" ? timezone : ""}`,
  11: ({ unit }) => ["tiM", "tiD", "tin"][unit as number]!,
  12: () => "+l",
  [STRUCT]: () => "+s",
  14: ({ mode, typeIds }) => `+u${mode === 0 ? "s" : "d"}:${Array.from(typeIds as Iterable<number>).join(",")}`,
  15: ({ byteWidth }) => `w:${String(byteWidth)}`,
  16: ({ listSize }) => `+w:${String(listSize)}`,
  17: () => "+m",
  18: ({ unit }) => `tD${UNITS[unit as number]!}`,
  19: () => "Z",
  20: () => "U",
  21: () => "+L",
};

function schemaOf(type: Type, name: string, nullable: boolean, metadata?: unknown): Schema {
  let flags = nullable ? NULLABLE : 0;
  if (type.typeId === DICTIONARY) {
    if (type["isOrdered"] === true) flags |= ORDERED;
    const { indices, dictionary } = type as unknown as { indices: Type; dictionary: Type };
    return tuple<unknown>(formatOf(indices), name, entriesOf(metadata), flags, tuple(), schemaOf(dictionary, "", true));
  }
  if (type["keysSorted"] === true) flags |= MAP_KEYS_SORTED;
  const children = (type.children ?? []).map((field) => schemaOf(field.type, field.name, field.nullable, field.metadata));
  return tuple<unknown>(formatOf(type), name, entriesOf(metadata), flags, tuple(...children), null);
}

function formatOf(type: Type): string {
  const format = FORMATS[type.typeId]?.(type);
  if (format === undefined) throw unsupported(type);
  return format;
}

function unsupported(type: Type): InterloopError {
  return new InterloopError(
    "not-convertible",
    `Python cannot be given Arrow's type ${String(type)} in place: hand over tableToIPC(table, "stream"), which pyarrow.ipc.open_stream or polars.read_ipc_stream reads`,
  );
}

/** The metadata, as names and values in turn. */
function entriesOf(metadata: unknown): readonly string[] {
  return tuple(...(isMap(metadata) ? ([...metadata].flat() as string[]) : []));
}

/** How many bits an item of these has, by the format. */
const WIDTHS: Readonly<Record<string, number>> = { c: 8, C: 8, s: 16, S: 16, i: 32, I: 32, l: 64, L: 64, e: 16, f: 32, g: 64, b: 1 };

function widthOf(format: string, type: Type): number {
  const [kind, more] = [format.slice(0, 2), format[2]];
  if (format.startsWith("d:")) return (type["bitWidth"] as number | undefined) ?? 128;
  if (format.startsWith("w:")) return 8 * (type["byteWidth"] as number);
  if (kind === "td") return more === "D" ? 32 : 64;
  if (kind === "tt") return more === "s" || more === "m" ? 32 : 64;
  if (kind === "ti") return more === "M" ? 32 : more === "D" ? 64 : 128;
  return WIDTHS[format] ?? 64;
}

function chunkOf(data: Data): Chunk {
  const { type, length, children } = data;
  if (type.typeId === DICTIONARY) {
    const { indices } = type as unknown as { indices: Type };
    const format = formatOf(indices);
    const words = data.dictionary?.data ?? [];
    if (words.length !== 1) throw unsupported(type); // Arrow's C interface has one dictionary for a chunk
    return tuple<unknown>(
      length,
      data.nullCount,
      tuple(bitmapOf(data), bytesOf(data.values, length * widthOf(format, indices), type)),
      tuple(),
      chunkOf(words[0]!),
    );
  }
  const format = formatOf(type);
  const buffers: (JsRef | null)[] = [];
  const needs = (count: number): void => {
    if (children.some((child) => child.length < count)) throw new InterloopError("not-convertible", "A child of an Arrow array is shorter than the array");
  };
  if (format === "n") return tuple<unknown>(length, length, tuple(), tuple(), null);
  if (format.startsWith("+u")) {
    buffers.push(bytesOf(data.typeIds, 8 * length, type));
    if (format[2] === "d") buffers.push(bytesOf(data.valueOffsets, 32 * length, type));
    else needs(length);
  } else {
    buffers.push(bitmapOf(data));
    if ("zuZU".includes(format)) {
      const end = endOf(data, format === "Z" || format === "U");
      buffers.push(offsetsOf(data, format === "Z" || format === "U"), bytesOf(data.values, 8 * end, type));
    } else if (format === "+l" || format === "+m" || format === "+L") {
      buffers.push(offsetsOf(data, format === "+L"));
      needs(endOf(data, format === "+L"));
    } else if (format.startsWith("+w")) needs(length * (type["listSize"] as number));
    else if (format === "+s") needs(length);
    else if (format === "b") buffers.push(bitsOf(data.values as Uint8Array | undefined, data.offset, length, type));
    else buffers.push(bytesOf(data.values, length * widthOf(format, type), type));
  }
  const nullCount = format.startsWith("+u") ? 0 : data.nullCount;
  return tuple<unknown>(length, nullCount, tuple(...buffers), tuple(...children.map(chunkOf)), null);
}

/** The memory of a buffer of so many bits. */
function bytesOf(view: ArrayBufferView | undefined, bits: number, type: Type): JsRef | null {
  if (bits === 0) return view === undefined ? null : new JsRef(view);
  if (view === undefined || view.byteLength * 8 < bits)
    throw new InterloopError("not-convertible", `A buffer of an Arrow array of ${String(type)} is too short`);
  return new JsRef(view);
}

function offsetsOf(data: Data, isLarge: boolean): JsRef | null {
  return data.length === 0 ? null : bytesOf(data.valueOffsets, (data.length + 1) * (isLarge ? 64 : 32), data.type);
}

/** Where the items of the last list, or the last text, end. */
function endOf(data: Data, isLarge: boolean): number {
  if (data.length === 0) return 0;
  offsetsOf(data, isLarge);
  return Number((data.valueOffsets as unknown as ArrayLike<number | bigint>)[data.length]);
}

function bitmapOf(data: Data): JsRef | null {
  const { nullBitmap, nullCount, offset, length, type } = data;
  return nullCount === 0 || nullBitmap === undefined || nullBitmap.length === 0 ? null : bitsOf(nullBitmap, offset, length, type);
}

/** Bits from an offset on, which the slices of an array share: those between two bytes have to be moved. */
function bitsOf(bits: Uint8Array | undefined, offset: number, length: number, type: Type): JsRef | null {
  const first = offset >> 3;
  const shift = offset & 7;
  if (shift === 0) return bytesOf(bits?.subarray(first), length, type);
  bytesOf(bits, offset + length, type);
  const moved = new Uint8Array((length + 7) >> 3);
  for (let index = 0; index < moved.length; index++) {
    const low = bits![first + index]! >> shift;
    moved[index] = low | ((bits![first + index + 1] ?? 0) << (8 - shift));
  }
  return new JsRef(moved);
}
