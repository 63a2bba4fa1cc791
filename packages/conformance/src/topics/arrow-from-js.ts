/** Tables, record batches and vectors as those of apache-arrow, handed to Python's libraries in place. The classes here have the parts of that package which are looked at. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const KEPT = { leaves: "libraries keep what they load" };

interface Type {
  readonly typeId: number;
  readonly [more: string]: unknown;
}

interface Parts {
  readonly values?: ArrayBufferView;
  readonly nulls?: readonly number[];
  readonly offsets?: Int32Array;
  readonly children?: readonly Data[];
  readonly offset?: number;
  readonly dictionary?: Vector;
}

class Data {
  readonly nullBitmap: Uint8Array | undefined;
  readonly nullCount: number;
  readonly values: ArrayBufferView | undefined;
  readonly valueOffsets: Int32Array | undefined;
  readonly children: readonly Data[];
  readonly offset: number;
  readonly dictionary: Vector | undefined;
  readonly type: Type;
  readonly length: number;

  constructor(type: Type, length: number, parts: Parts) {
    const { nulls = [], offset = 0 } = parts;
    this.type = type;
    this.length = length;
    this.values = parts.values;
    this.valueOffsets = parts.offsets;
    this.children = parts.children ?? [];
    this.offset = offset;
    this.dictionary = parts.dictionary;
    this.nullCount = nulls.length;
    this.nullBitmap = nulls.length === 0 ? undefined : bits(offset + length, (index) => !nulls.includes(index - offset));
  }
}

class Vector {
  readonly type: Type;
  readonly data: readonly Data[];

  constructor(...data: readonly [Data, ...Data[]]) {
    this.type = data[0].type;
    this.data = data;
  }

  get length(): number {
    return this.data.reduce((sum, { length }) => sum + length, 0);
  }

  get nullCount(): number {
    return this.data.reduce((sum, { nullCount }) => sum + nullCount, 0);
  }

  *[Symbol.iterator](): Generator<unknown> {
    for (const { values, length, nullBitmap, offset } of this.data) {
      for (let index = 0; index < length; index++) {
        const at = offset + index;
        const isNull = nullBitmap !== undefined && (nullBitmap[at >> 3]! & (1 << (at & 7))) === 0;
        yield isNull ? null : (values as unknown as ArrayLike<unknown>)[index];
      }
    }
  }
}

class RecordBatch {
  readonly schema: Table["schema"];
  readonly data: Data;

  constructor(schema: Table["schema"], data: Data) {
    this.schema = schema;
    this.data = data;
  }
}

class Table {
  readonly schema: { readonly fields: readonly object[]; readonly metadata: Map<string, string> };
  readonly batches: readonly RecordBatch[];

  constructor(columns: Readonly<Record<string, Vector>>) {
    const fields = Object.entries(columns).map(([name, { type, nullCount }]) => ({ name, type, nullable: nullCount > 0, metadata: new Map([["unit", name]]) }));
    this.schema = { fields, metadata: new Map([["made by", "test ü"]]) };
    const vectors = Object.values(columns);
    const struct = { typeId: 13, children: fields };
    this.batches = vectors[0]!.data.map(
      ({ length }, index) => new RecordBatch(this.schema, new Data(struct, length, { children: vectors.map(({ data }) => data[index]!) })),
    );
  }
}

function bits(length: number, isSet: (index: number) => boolean): Uint8Array {
  const bytes = new Uint8Array((length >> 3) + 1);
  for (let index = 0; index < length; index++) if (isSet(index)) bytes[index >> 3]! |= 1 << (index & 7);
  return bytes;
}

const int32 = { typeId: 2, isSigned: true, bitWidth: 32 };
const float64 = { typeId: 3, precision: 2 };
const utf8 = { typeId: 5 };
const ints = (...values: number[]): Vector => new Vector(new Data(int32, values.length, { values: Int32Array.from(values) }));

function texts(nulls: readonly number[], ...values: string[]): Data {
  const encoded = values.map((value) => new TextEncoder().encode(value));
  const offsets = Int32Array.from([0, ...encoded.map((_, index) => encoded.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0))]);
  return new Data(utf8, values.length, { offsets, values: Uint8Array.from(encoded.flatMap((each) => [...each])), nulls });
}

/** Vectors, and their items in Python. */
const vectors: Readonly<Record<string, readonly [Vector, string]>> = {
  int32: [ints(1, -2, 3), "[1, -2, 3]"],
  nulls: [new Vector(new Data(int32, 3, { values: Int32Array.of(1, 0, 3), nulls: [1] })), "[1, None, 3]"],
  uint64: [new Vector(new Data({ typeId: 2, isSigned: false, bitWidth: 64 }, 1, { values: BigUint64Array.of(2n ** 63n) })), "[9223372036854775808]"],
  float32: [new Vector(new Data({ typeId: 3, precision: 1 }, 2, { values: Float32Array.of(1.5, 2) })), "[1.5, 2.0]"],
  utf8: [new Vector(texts([1], "a", "", "grüße")), "['a', None, 'grüße']"],
  bool: [new Vector(new Data({ typeId: 6 }, 9, { values: bits(9, (index) => index % 2 === 0) })), "[True, False, True, False, True, False, True, False, True]"],
  "bool from the third bit on": [
    new Vector(new Data({ typeId: 6 }, 8, { values: bits(11, (index) => index % 4 === 3), offset: 3, nulls: [1] })),
    "[True, None, False, False, True, False, False, False]",
  ],
  timestamp: [
    new Vector(new Data({ typeId: 10, unit: 1, timezone: null }, 1, { values: BigInt64Array.of(1000n) })),
    "[datetime.datetime(1970, 1, 1, 0, 0, 1)]",
  ],
  date: [new Vector(new Data({ typeId: 8, unit: 0 }, 1, { values: Int32Array.of(1) })), "[datetime.date(1970, 1, 2)]"],
  list: [
    new Vector(
      new Data({ typeId: 12, children: [{ name: "item", type: int32, nullable: true }] }, 3, {
        offsets: Int32Array.of(0, 2, 2, 3),
        nulls: [1],
        children: [new Data(int32, 3, { values: Int32Array.of(1, 2, 3) })],
      }),
    ),
    "[[1, 2], None, [3]]",
  ],
  struct: [
    new Vector(
      new Data({ typeId: 13, children: [{ name: "a", type: int32, nullable: true }] }, 2, {
        children: [new Data(int32, 2, { values: Int32Array.of(1, 2), nulls: [0] })],
      }),
    ),
    "[{'a': None}, {'a': 2}]",
  ],
  dictionary: [
    new Vector(
      new Data({ typeId: -1, indices: { typeId: 2, isSigned: true, bitWidth: 8 }, dictionary: utf8 }, 3, {
        values: Int8Array.of(1, 0, 1),
        nulls: [1],
        dictionary: new Vector(texts([], "tea", "milk")),
      }),
    ),
    "['milk', None, 'milk']",
  ],
  chunks: [new Vector(ints(1, 2).data[0]!, ints().data[0]!, ints(3).data[0]!), "[1, 2, 3]"],
};

export const arrowFromJs: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const [pyarrow, polars, pandas, numpy, duckdb] = ["pyarrow", "polars", "pandas", "numpy", "duckdb"].map((name) => (): Py => python.import(name)) as [
    ...(() => Py)[],
  ] as [() => Py, () => Py, () => Py, () => Py, () => Py];

  test("vectors are arrays of the same items in pyarrow and polars", () => {
    for (const [name, [vector, items]] of Object.entries(vectors)) {
      const array = pyarrow().chunked_array(vector);
      array.validate(kwargs({ full: true }));
      assert.equal(python.repr(array.to_pylist()), items, name);
      assert.equal(polars().Series(vector).len(), vector.length, name);
      if (vector.data.length === 1) assert.equal(python.repr(pyarrow().array(vector).to_pylist()), items, name);
    }
  }, KEPT); // prettier-ignore

  test("tables and batches are tables in pyarrow, polars and DuckDB, with their metadata", () => {
    const table = new Table({ n: vectors["nulls"]![0], s: vectors["utf8"]![0] });
    const rows = [{ n: 1, s: "a" }, { n: null, s: null }, { n: 3, s: "grüße" }]; // prettier-ignore
    const taken = pyarrow().table(table);
    taken.validate(kwargs({ full: true }));
    // One by one: once it has compared something cyclic, Deno's assert takes one array in two places for a cycle.
    assert.deepEqual(python.toJs(taken), rows);
    assert.deepEqual(python.toJs(pyarrow().record_batch(table.batches[0])), rows);
    assert.equal(python.repr(taken.schema.metadata), "{b'made by': b'test \\xc3\\xbc'}");
    assert.deepEqual(python.toJs(polars().DataFrame(table)), rows);
    assert.deepEqual(python.toJs(polars().from_arrow(table)), rows);
    const database = duckdb().connect();
    database.register("items", table);
    assert.deepEqual(python.toJs(database.execute("select count(*), sum(n)::int from items").fetchall()), [[3, 4]]);
    database.close();
    const several = new Table({ n: vectors["chunks"]![0] });
    assert.deepEqual(python.toJs(pyarrow().table(several).column("n").num_chunks), 3);
  }, KEPT); // prettier-ignore

  test("vectors of numbers are arrays of numpy, and what is no array says what to do", async () => {
    assert.equal(python.repr(numpy().asarray(vectors["float32"]![0])), "array([1.5, 2. ], dtype=float32)");
    assert.equal(python.repr(numpy().asarray(vectors["chunks"]![0])), "array([1, 2, 3], dtype=int32)");
    assert.equal(python.repr(numpy().array(vectors["int32"]![0], kwargs({ dtype: "float32" }))), "array([ 1., -2.,  3.], dtype=float32)");
    assert.equal(Number(numpy().sum(vectors["int32"]![0])), 2);
    assert.equal(python.repr(numpy().asarray(vectors["nulls"]![0]).tolist()), "[1, None, 3]");
    const table = new Table({ n: ints(1) });
    for (const wrong of [() => numpy().array(table), () => pandas().DataFrame(table)]) assert.match((await caught(wrong)).message, /polars\.from_arrow\(\)/);
    assert.match((await caught(() => numpy().asarray(vectors["timestamp"]![0]))).message, /pyarrow\.array\(\)/);
  }, KEPT); // prettier-ignore

  test("what makes no sense is an error, and what merely looks like a table is none", async () => {
    const short = new Vector(new Data(float64, 9, { values: new Float64Array(8) }));
    const shortText = new Vector(new Data(utf8, 1, { values: new Uint8Array(2), offsets: Int32Array.of(0, 3) }));
    const view = new Vector(new Data({ typeId: 24 }, 1, { values: new Uint8Array(16) }));
    for (const wrong of [short, shortText, view]) assert.equal((await caught(() => pyarrow().chunked_array(wrong))).code, "not-convertible");
    assert.match((await caught(() => pyarrow().chunked_array(view))).message, /tableToIPC/);
    class Report {
      schema = { fields: [{ name: "a" }] };
      batches = [1];
      data = [1];
    }
    const has = python.eval("lambda x: [hasattr(x, name) for name in ('__arrow_c_stream__', '__arrow_c_array__', '__array__')]");
    assert.deepEqual(python.toJs(has(new Report())), [false, false, false]);
    assert.deepEqual(python.toJs(has(new Table({ n: ints(1) }))), [true, false, true]);
    assert.deepEqual(python.toJs(has(vectors["chunks"]![0])), [true, false, true]);
    assert.deepEqual(python.toJs(has(ints(1))), [true, true, true]);
  }, KEPT); // prettier-ignore

  test("Python keeps the memory when JS gives it away, and threads of libraries need no JavaScript", async () => {
    const values = Float64Array.from({ length: 1000 }, (_, index) => index);
    const taken = pyarrow().table(new Table({ x: new Vector(new Data(float64, 1000, { values })) }));
    structuredClone(values.buffer, { transfer: [values.buffer] });
    assert.equal(values.length, 0);
    assert.equal(Number(pyarrow().compute.sum(taken.column("x"))), 499_500);
    const { while_js_waits } = load(`
      import threading, pyarrow
      def while_js_waits(table):
          assert hasattr(table, "__arrow_c_stream__")
          rows = []
          thread = threading.Thread(target=lambda: rows.extend(pyarrow.table(table).to_pylist()))
          thread.start()
          thread.join()
          return rows
    `);
    assert.deepEqual(python.toJs(while_js_waits(new Table({ n: ints(1, 2) }))), [{ n: 1 }, { n: 2 }]);
    assert.equal((await python.import("asyncio").to_thread(pyarrow().table, new Table({ n: ints(1, 2) }))).num_rows, 2);
  }, KEPT); // prettier-ignore

  test("capsules that nobody takes leave nothing", () => {
    const { touch } = load(`
      def touch(table, vector):
          table.__arrow_c_stream__()
          vector.__arrow_c_array__()
          vector.__arrow_c_schema__()
          return True
    `);
    for (const [vector] of Object.values(vectors)) if (vector.data.length === 1) assert.equal(touch(new Table({ x: vector }), vector), true);
  });
};
