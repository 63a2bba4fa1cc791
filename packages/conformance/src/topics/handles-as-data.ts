/** Handles where JS expects data: JSON, spread, numeric keys, deep equality, operators and text. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

/** Expressions, and what JSON.stringify writes of them. */
const json: Readonly<Record<string, string>> = {
  "{'a': 1, 'b': [1, 2, {'c': None}]}": '{"a":1,"b":[1,2,{"c":null}]}',
  "(1, [2], 'x')": '[1,[2],"x"]',
  "{1: 'x', None: 2, True: 3}": '{"1":3,"null":2}',
  "{'items': 1, 'keys': 2}": '{"items":1,"keys":2}',
  "{'__proto__': 1, 'constructor': 2}": '{"__proto__":1,"constructor":2}',
  "{3}": "[3]",
  "{'a': 1}.items()": '[["a",1]]',
  "range(3)": "[0,1,2]",
  "__import__('array').array('i', [1, 2])": "[1,2]",
  "__import__('collections').Counter('aab')": '{"a":2,"b":1}',
  "__import__('collections').deque([1])": "[1]",
  "__import__('collections').namedtuple('P', 'x y')(1, 2)": '{"x":1,"y":2}',
  "__import__('decimal').Decimal('2.50')": '"2.50"',
  "__import__('enum').Enum('E', 'A').A": "1",
  "__import__('datetime').datetime(2024, 1, 2, 3)": '"2024-01-02T03:00:00"',
  "__import__('datetime').date(2024, 1, 2)": '"2024-01-02"',
  "__import__('uuid').UUID(int=0)": '"00000000-0000-0000-0000-000000000000"',
  "float('nan')": "null",
  "__import__('numpy').float64(1.5)": "1.5",
  "__import__('numpy').int64(5)": "5",
  "__import__('numpy').bool_(True)": "true",
  "__import__('numpy').array([[1, 2], [3, 4]])": "[[1,2],[3,4]]",
  "__import__('numpy').datetime64('2024-01-01T00:00:00', 'ns')": '"2024-01-01T00:00:00"',
  "__import__('pandas').DataFrame({'a': [1, 2], 'b': ['x', None]})": '[{"a":1,"b":"x"},{"a":2,"b":null}]',
  "__import__('pandas').Series([1, 2])": "[1,2]",
  "__import__('pandas').NaT": "null",
  "__import__('pandas').Timestamp('2020')": '"2020-01-01T00:00:00"',
  "__import__('polars').DataFrame({'a': [1]})": '[{"a":1}]',
  "__import__('pyarrow').table({'a': [1]})": '[{"a":1}]',
};

/** Objects that have no form in JSON. */
const noJson = ["b'x'", "1 + 2j", "object()", "len", "iter([])", "ValueError('x')", "{(1, 2): 3}"];

export const handlesAsData: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const value = (code: string): Py => python.eval(code) as Py;

  test("JSON.stringify writes the data of a handle, wherever it stands", () => {
    for (const [code, text] of Object.entries(json)) {
      assert.equal(JSON.stringify({ data: value(code) }), `{"data":${text}}`, code);
      assert.equal(JSON.stringify([value(code)]), `[${text}]`, code);
    }
    const { order } = load(`
      import dataclasses, pydantic
      @dataclasses.dataclass
      class Line:
          item: str
          count: int
      class Order(pydantic.BaseModel):
          id: int
          lines: list
      order = Order(id=1, lines=[Line("tea", 2)])
    `);
    assert.equal(JSON.stringify(order), '{"id":1,"lines":[{"item":"tea","count":2}]}');
  });

  test("JSON.stringify throws for what JSON has no form for, and names python.toJs", async () => {
    for (const code of noJson) {
      const error = await caught(() => JSON.stringify({ data: [value(code)] }));
      assert.equal(error.code, "not-convertible", code);
      assert.match(error.message, /python\.toJs/, code);
    }
  });

  test("JS values in Python's data come back as themselves in JSON", () => {
    const map = new Map([["a", 1]]);
    const { data } = load(`
      class Holder:
          data = None
      data = Holder
    `);
    data.data = python.ref(map);
    assert.equal(data.data, map);
    assert.equal(JSON.stringify(python.toPy([map]).length), "1");
  });

  test("an attribute of the name toJSON comes first", () => {
    const { thing } = load(`
      class Thing:
          def toJSON(self, *key):
              return "mine"
      thing = Thing()
    `);
    assert.equal(JSON.stringify({ thing }), '{"thing":"mine"}');
  });

  test("toString, toLocaleString and valueOf work where Python has no attribute of that name", () => {
    assert.equal(value("[1, 'a']").toString(), "[1, 'a']");
    assert.equal(value("__import__('decimal').Decimal('2.50')").toLocaleString(), "2.50");
    const list = value("[1]");
    assert.equal(list.valueOf(), list);
    const { thing } = load(`
      class Thing:
          def toString(self):
              return "mine"
      thing = Thing()
    `);
    assert.equal(thing.toString(), "mine");
  });

  test("spread, Object.entries, for...in and Object.assign see the items of a mapping and the fields of an object", () => {
    assert.deepEqual({ ...value("{'a': 1, 'b': None}") }, { a: 1, b: null });
    assert.deepEqual(Object.entries(value("{'b': 1, 'a': 2}")), [
      ["b", 1],
      ["a", 2],
    ]);
    const names: string[] = [];
    for (const name in value("{'x': 1, 'y': 2}")) names.push(name);
    assert.deepEqual(names, ["x", "y"]);
    const { thing } = load(`
      class Thing:
          def __init__(self):
              self.a, self._b = 1, "b"
          @property
          def broken(self):
              raise ValueError("read")
      thing = Thing()
    `);
    assert.deepEqual({ ...thing }, { a: 1, _b: "b" });
    assert.deepEqual(Object.assign({}, value("[7, 8]")), { 0: 7, 1: 8 });
    assert.deepEqual(Object.keys(value("__import__('pandas').DataFrame({'a': [1], 'my col': [2]})")), ["a", "my col"]);
    assert.equal("sqrt" in { ...python.import("math") }, true);
  });

  test("what has no properties that JS could list throws instead of looking empty", async () => {
    for (const code of ["{1}", "b'x'", "1 + 2j", "__import__('decimal').Decimal(1)", "__import__('datetime').date(2024, 1, 1)", "{1: 2}", "{'keys': 1}"]) {
      for (const use of [(v: Py) => ({ ...v }) as unknown, (v: Py) => Object.entries(v), (v: Py) => Object.keys(v)]) {
        const error = await caught(() => use(value(code)));
        assert.equal(error.code, "not-convertible", code);
        assert.match(error.message, /python\.toJs/, code);
      }
    }
  });

  test("deep equality of handles compares the data", () => {
    for (const [one, other] of [
      ["[1, 2]", "[1, 3]"],
      ["{'a': {'b': 1}}", "{'a': {'b': 2}}"],
      ["(1,)", "(2,)"],
      ["__import__('types').SimpleNamespace(a=1)", "__import__('types').SimpleNamespace(a=2)"],
    ] as const) {
      assert.deepStrictEqual(value(one), value(one));
      assert.notDeepStrictEqual(value(one), value(other), `${one} and ${other}`);
    }
    assert.throws(() => assert.deepStrictEqual(value("{1}"), value("{2}")), { code: "not-convertible" });
  });

  test("numbers as keys give the items of sequences and mappings", async () => {
    const list = value("[1, [2], 3]");
    assert.deepEqual([list[0], list[1][0], list[-1], list[3], list.length], [1, 2, 3, undefined, 3]);
    assert.deepEqual([0 in list, 3 in list], [true, false]);
    list[0] = "first";
    assert.equal(python.repr(list), "['first', [2], 3]");
    assert.equal((await caught(() => (list[9] = 1))).name, "IndexError");
    assert.equal(value("(4, 5)")[1], 5);
    assert.equal(value("{1: 'int', '2': 'text'}")[1], "int");
    assert.equal(value("{1: 'int', '2': 'text'}")[2], "text");
    assert.equal(Number(value("__import__('numpy').arange(5)")[3]), 3);
    assert.deepEqual([...new Map(value("{'a': 1}").items() as Iterable<[string, number]>)], [["a", 1]]);
    assert.deepEqual(Object.fromEntries(value("{'a': 1}").items() as Iterable<[string, number]>), { a: 1 });
    const [key, item] = value("('k', 2)");
    assert.deepEqual([key, item], ["k", 2]);
  });

  test("names give the items of a mapping where it has no such attribute, and make none", () => {
    const dict = value("{'a': 1, 'items': 2}");
    assert.deepEqual([dict.a, typeof dict.items, dict.none], [1, "function", undefined]);
    assert.deepEqual(["a" in dict, "none" in dict], [true, false]);
    const counted = value("__import__('collections').defaultdict(list)");
    assert.equal(counted.anything, undefined);
    assert.equal(python.len(counted), 0);
    assert.equal(Number(value("__import__('pandas').DataFrame({'my col': [5]})")["my col"][0]), 5);
  });

  test("python.item takes several keys, python.tuple makes one", () => {
    const frame = value("__import__('pandas').DataFrame({'n': [1, 2]})");
    assert.equal(Number(python.item(frame.loc, 1, "n")), 2);
    assert.equal(python.item(value("{(1, 'a'): 'pair'}"), 1, "a"), "pair");
    assert.equal(python.item(value("[5]"), 0), 5);
    assert.equal(python.repr(python.tuple()), "()");
    assert.equal(python.getItem(value("{(1, 'a'): 'pair'}"), python.tuple(1, "a")), "pair");
    assert.throws(() => python.item(value("[5]")) as unknown, { code: "bad-argument" });
  });

  test("numpy in operators and text: a single number is a number, anything else is text", async () => {
    assert.equal(Number(value("__import__('numpy').array(1.5)")), 1.5);
    assert.equal(value("__import__('numpy').array([5])") + 1, 6);
    assert.equal(value("__import__('numpy').int64(2**60)") + 1n, 2n ** 60n + 1n);
    assert.equal("a: " + value("__import__('numpy').array([1, 2])"), "a: [1 2]");
    assert.equal(value("__import__('numpy').array([1, 2])") == 5, false);
    assert.equal("s: " + value("__import__('numpy').str_('12')"), "s: 12");
    assert.match("frame\n" + value("__import__('pandas').DataFrame({'a': [1]})"), /^frame\n +a\n0 +1$/);
    assert.equal("s: " + value("__import__('pandas').Series([1]).tolist()"), "s: [1]");
    assert.equal("" + value("__import__('numpy').datetime64('2024-01-01')"), "2024-01-01");
    assert.equal("" + value("__import__('numpy').complex64(1+2j)"), "(1+2j)");
    assert.equal((await caught(() => Number(value("__import__('numpy').array([1, 2])")))).name, "TypeError");
  });

  test("toJs converts numpy, pandas and polars", () => {
    const convert = (code: string, options = {}): unknown => python.toJs(value(code), options);
    assert.deepEqual(convert("[__import__('numpy').float64(2), __import__('numpy').bool_(True), __import__('pandas').NaT]"), [2, true, null]);
    assert.deepEqual(convert("__import__('numpy').array([[1, 2], [3, 4]])"), [
      [1, 2],
      [3, 4],
    ]);
    assert.deepEqual(convert("__import__('numpy').array([1.5])", { ndarray: "typed" }), Float64Array.of(1.5));
    assert.deepEqual(convert("__import__('pandas').DataFrame({'a': [1, 2]})"), [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(convert("__import__('pandas').DataFrame({'a': [1, 2]})", { frame: "columns" }), { a: [1, 2] });
    assert.deepEqual(convert("__import__('pandas').DataFrame({'a': [1.5]})", { frame: "columns", ndarray: "typed" }), { a: Float64Array.of(1.5) });
    assert.deepEqual(convert("__import__('polars').DataFrame({'a': [1, None]})", { frame: "columns" }), { a: [1, null] });
    const when = convert("__import__('pandas').Timestamp('2020-01-01')", { datetime: "date" }) as Date;
    assert.equal(when.getTime(), new Date(2020, 0, 1).getTime());
  });

  test("properties are the fields of records, also in slots; what C code keeps is none", async () => {
    const records = load(`
      import ctypes, dataclasses, datetime, decimal, functools, uuid, pathlib
      @dataclasses.dataclass(frozen=True)
      class Point:
          __slots__ = ("x", "y")
          x: int
          y: list
      class Slots:
          __slots__ = ("a", "unset")
          def __init__(self, a): self.a = a
      class More(Slots):
          def __init__(self, a): self.a, self.b = a, 2
      class Tagged(int): pass
      def tagged(n):
          made = Tagged(n)
          made.tag = 1
          return made
    `);
    assert.deepEqual(Object.entries(records.Point(1, [2])).map(([key]) => key), ["x", "y"]); // prettier-ignore
    assert.deepEqual({ ...records.Slots(1) }, { a: 1 });
    assert.deepEqual({ ...records.More(1) }, { a: 1, b: 2 });
    assert.deepStrictEqual(records.Point(1, [2]), records.Point(1, [2]));
    assert.notDeepStrictEqual(records.Slots(1), records.Slots(2));
    assert.deepEqual(Object.keys(value("__import__('pandas').Index(['a', 'b'])")), ["0", "1"]);
    const { ctypes, uuid, pathlib } = records;
    for (const object of [
      ctypes.c_int(5),
      python.expr("(ctypes.c_int * 2)(1, 2)", { ctypes }),
      records.tagged(1),
      uuid.UUID(kwargs({ int: 1 })),
      pathlib.PurePath("/x"),
      value("__import__('pandas').Timedelta(1)"),
      value("__import__('io').BytesIO()"),
      value("lambda: 1"),
    ]) {
      assert.equal((await caught(() => ({ ...object }) as unknown)).code, "not-convertible", python.repr(object));
      if (typeof object === "function") continue; // compared by identity
      assert.equal(
        (await caught(() => assert.deepStrictEqual(object, object[Symbol.toPrimitive] && python.eval("lambda x: x")(object)))).code,
        "not-convertible",
      );
    }
    // Engines name what cannot be cloned.
    const error = await caught(() => structuredClone({ handle: records.Slots(1) }) as unknown);
    assert.equal(error.name, "DataCloneError");
  });

  test("times of numpy and pandas keep their nanoseconds, or stay handles", () => {
    const convert = (code: string, options = {}): unknown => python.toJs(value(code), options);
    const precise = "__import__('numpy').datetime64('2020-01-01T00:00:00.123456789')";
    assert.equal(convert(precise, { datetime: "iso" }), "2020-01-01T00:00:00.123456789");
    assert.equal((convert(precise, { datetime: "date" }) as Date).toISOString(), new Date(2020, 0, 1, 0, 0, 0, 123).toISOString());
    assert.ok(api.isPyObject(convert(precise)));
    assert.equal(JSON.stringify([value(precise)]), '["2020-01-01T00:00:00.123456789"]');
    assert.deepEqual(convert(`__import__('numpy').array([${precise}])`, { datetime: "iso" }), ["2020-01-01T00:00:00.123456789"]);
    assert.equal(
      convert("__import__('pandas').Timestamp('2020-01-01T00:00:00.000000001', tz='UTC')", { datetime: "iso" }),
      "2020-01-01T00:00:00.000000001+00:00",
    );
    assert.equal(convert("__import__('pandas').Timedelta(1500, 'ns')", { datetime: "iso" }), "PT0.000001500S");
    assert.equal(convert("-__import__('pandas').Timedelta(1500, 'ns')", { datetime: "iso" }), "-PT0.000001500S");
    assert.deepEqual(
      [convert("__import__('numpy').datetime64('2020-01-01')", { datetime: "iso" }), convert("__import__('numpy').datetime64('NaT')", { datetime: "iso" })],
      ["2020-01-01", null],
    );
    const seconds = "__import__('numpy').timedelta64(5, 's')";
    assert.deepEqual([convert(seconds, { datetime: "iso", number: "number" }), convert(seconds, { datetime: "date" })], ["PT5S", 5000]);
    assert.ok(api.isPyObject(convert(seconds, { number: "number" })));
    if ("Temporal" in globalThis) assert.equal(String(convert(precise, { datetime: "temporal" })), "2020-01-01T00:00:00.123456789");
    assert.deepEqual(convert("__import__('pandas').date_range('2020-01-01', periods=1)", { datetime: "iso" }), ["2020-01-01T00:00:00"]);
  });

  test("tables become Arrow streams in Python's own memory, and Arrow streams of JS become tables", () => {
    const { pyarrow, polars, duckdb, pandas } = load("import duckdb, pandas, polars, pyarrow, pyarrow.ipc");
    const rows = { n: [1, 2], s: ["a", null] };
    const read = (bytes: unknown): unknown => python.toJs(pyarrow.ipc.open_stream(bytes).read_all().to_pydict());
    for (const table of [
      pyarrow.table(rows),
      pyarrow.RecordBatch.from_pydict(rows),
      pandas.DataFrame(rows),
      polars.DataFrame(rows),
      duckdb.sql("select * from (values (1, 'a'), (2, null)) t(n, s)"),
    ]) {
      const bytes = python.toJs(table, { frame: "arrow" }) as Uint8Array;
      assert.ok(bytes instanceof Uint8Array);
      // Of memory that JS owns, and of a part of it.
      assert.deepEqual(read(bytes.slice()), rows, python.repr(table));
      assert.deepEqual(read(bytes), rows);
    }
    const [bytes, twice, column] = python.toJs(python.expr("[table, table, series]", { table: polars.DataFrame(rows), series: polars.Series([1]) }), {
      frame: "arrow",
    }) as [Uint8Array, Uint8Array, unknown];
    assert.equal(bytes, twice);
    assert.deepEqual(column, [1]);
    assert.throws(() => python.toJs(polars.DataFrame(rows), { frame: "ipc" as "arrow" }), { code: "bad-argument" });
  }, { leaves: "libraries keep what they load" }); // prettier-ignore

  test("datetimes at the edges are a Date or not convertible", async () => {
    for (const code of ["datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))", "datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))"]) {
      const { edge } = load(`from datetime import datetime, timedelta, timezone\nedge = ${code}`);
      assert.ok(python.toJs(edge, { datetime: "date" }) instanceof Date);
      if ("Temporal" in globalThis) assert.equal((await caught(() => python.toJs(edge, { datetime: "temporal" }))).code, "not-convertible");
    }
    const { edges } = load("from datetime import datetime\nedges = [datetime.min, datetime.max]");
    for (const edge of edges) {
      const got = await Promise.resolve()
        .then(() => python.toJs(edge, { datetime: "date" }) as unknown)
        .catch((error: Py) => error.code as unknown);
      assert.ok(got instanceof Date || got === "not-convertible", String(got));
    }
  });

  test("inspectors print the repr of objects, functions and modules", () => {
    assert.equal(inspect(value("{'a': 1}")), "{'a': 1}");
    assert.match(inspect([value("(1, 2)"), value("len")]), /\(1, 2\)[^]*<built-in function len>/);
    assert.match(inspect(python.import("math")), /<module 'math'/);
  });

  test("a collection is no async iterable, as JS's own are none, and for await goes over it all the same", async () => {
    for (const code of [
      "[1, 2]",
      "(1, 2)",
      "{1: 'x', 2: 'y'}",
      "{1, 2}",
      "range(1, 3)",
      "__import__('numpy').array([1, 2])",
      "__import__('collections').deque([1, 2])",
    ]) {
      const handle = value(code);
      assert.equal(handle[Symbol.asyncIterator], undefined, code);
      const seen: number[] = [];
      for await (const item of handle) seen.push(Number(item));
      assert.deepEqual(seen, [1, 2], code);
    }
    const { agen } = load("async def agen():\n    yield 1");
    assert.equal(typeof agen()[Symbol.asyncIterator], "function");
    assert.equal(typeof value("iter([1])")[Symbol.asyncIterator], "function");
  });
};
