/** Deep conversion: what comes back equal, what stays a handle, what the options give up, and what is refused. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const typesCode = `
  import array, collections, dataclasses, datetime, decimal, enum, fractions, pathlib, re, types, typing, uuid

  @dataclasses.dataclass(frozen=True)
  class Point:
      x: int
      y: object
  class Row(typing.NamedTuple):
      id: int
      name: str
  class Color(enum.Enum):
      RED = "r"
  class Level(enum.IntEnum):
      LOW = 1
  class Bits(enum.Flag):
      A = 1
      B = 2
  class Text(str):
      pass
  class Ratio(float):
      pass
  def of(source):
      return eval(source, globals())
  def equal(a, b):
      return a == b
  def same(a, b):
      return a is b
  def describe(value):
      return repr(value)
`;

/** What `toPy` makes of the JS value is equal to it. */
const lossless = [
  "types.MappingProxyType({'a': 1})",
  "None",
  "True",
  "2**70",
  "-1.5",
  "float(2**60)",
  "'text'",
  "'\\ud800'",
  "[]",
  "[1, [2, [None]]]",
  "()",
  "(1, (2, [3]), ())",
  "{}",
  "{'a': {'b': ()}}",
  "{'__proto__': 1, 'constructor': 2, 'then': 3}",
  "{1: 'one', None: 'none', 2.5: 'half', False: 0}",
  "{(1, 2): 'pair', (): 'none', ((1,), frozenset({2})): 'deep', b'k': 'bytes'}",
  "{1, 'a', (2, 3), frozenset({4, frozenset()})}",
  "frozenset({1})",
  "b'\\x00\\xff'",
  "bytearray(b'abc')",
  "memoryview(b'abc')",
  "memoryview(b'abcdef')[::2]",
  "memoryview(array.array('d', [1.5, -0.0]))",
  "array.array('h', [-1, 2])",
  "array.array('Q', [2**64 - 1])",
  "array.array('l', [-5])",
  "array.array('f')",
  "collections.OrderedDict(b=1, a=2)",
  "collections.defaultdict(list, {'a': [1]})",
  "collections.Counter('hello')",
  "[b'x', {'k': (1,)}, [(), [()]]]",
];

/** What has no JS counterpart that would come back equal. */
const handles = [
  "object()",
  "datetime.datetime(2020, 1, 2, 3, 4, 5)",
  "datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)",
  "datetime.date(2020, 1, 2)",
  "datetime.time(1, 2)",
  "datetime.timedelta(1)",
  "decimal.Decimal('1.10')",
  "fractions.Fraction(1, 3)",
  "1 + 2j",
  "uuid.UUID(int=1)",
  "pathlib.PurePosixPath('/a/b')",
  "Point(1, 2)",
  "Row(1, 'a')",
  "Color.RED",
  "Level.LOW",
  "Bits.A | Bits.B",
  "Text('t')",
  "Ratio(0.5)",
  "range(3)",
  "collections.deque([1])",
  "types.SimpleNamespace(a=1)",
  "{'a': 1}.keys()",
  "re.compile('a+')",
  "ValueError('x')",
  "array.array('B', [1])",
  "memoryview(bytes(6)).cast('B', [2, 3])",
  "len",
  "int",
];

const chosen: readonly (readonly [string, object, unknown])[] = [
  ["datetime.datetime(2020, 1, 2, 3, 4, 5, 678999, datetime.timezone.utc)", { datetime: "date" }, new Date(Date.UTC(2020, 0, 2, 3, 4, 5, 678))],
  ["datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, datetime.timezone.utc)", { datetime: "date" }, new Date(-1)],
  ["datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))", { datetime: "date" }, new Date(Date.UTC(2020, 0, 1, 22))],
  ["datetime.datetime(2020, 1, 2, 3, 4)", { datetime: "date" }, new Date(2020, 0, 2, 3, 4)],
  ["datetime.date(2020, 1, 2)", { datetime: "date" }, new Date(Date.UTC(2020, 0, 2))],
  ["datetime.timedelta(seconds=1, microseconds=500)", { datetime: "date" }, 1000.5],
  ["datetime.datetime(2020, 1, 2, 3, 4, 5)", { datetime: "iso" }, "2020-01-02T03:04:05"],
  ["datetime.date(2020, 1, 2)", { datetime: "iso" }, "2020-01-02"],
  ["datetime.time(1, 2, 3, 4)", { datetime: "iso" }, "01:02:03.000004"],
  ["datetime.timedelta(days=-1, microseconds=1)", { datetime: "iso" }, "-PT86399.999999S"],
  ["decimal.Decimal('1.10')", { number: "string" }, "1.10"],
  ["decimal.Decimal('1.10')", { number: "number" }, 1.1],
  ["fractions.Fraction(1, 4)", { number: "number" }, 0.25],
  ["fractions.Fraction(1, 4)", { number: "string" }, "1/4"],
  ["Ratio(0.5)", { number: "number" }, 0.5],
  ["Level.LOW", { number: "number" }, 1],
  ["Text('t')", { text: "string" }, "t"],
  ["uuid.UUID(int=1)", { text: "string" }, "00000000-0000-0000-0000-000000000001"],
  ["pathlib.PurePosixPath('/a/b')", { text: "string" }, "/a/b"],
  ["[Color.RED, Level.LOW, Bits.B]", { enum: "value" }, ["r", 1, 2]],
  ["[Color.RED, Level.LOW]", { enum: "name" }, ["RED", "LOW"]],
  ["Point(1, Point(2, [3]))", { record: "object" }, { x: 1, y: { x: 2, y: [3] } }],
  ["[Row(1, 'a')]", { record: "object" }, [{ id: 1, name: "a" }]],
  ["types.SimpleNamespace(a=(1,))", { record: "object" }, { a: [1] }],
  ["Row(1, 'a')", { collection: "convert" }, [1, "a"]],
  ["[range(3), collections.deque('ab'), {'a': 1}.values()]", { collection: "convert" }, [[0, 1, 2], ["a", "b"], [1]]],
  ["types.MappingProxyType({'a': 1})", { collection: "convert" }, { a: 1 }],
  ["collections.ChainMap({1: 2})", { collection: "convert" }, new Map([[1, 2]])],
  ["{'a': 1}.keys()", { collection: "convert" }, new Set(["a"])],
  ["{'a': {'b': 1}}", { dict: "map" }, new Map([["a", new Map([["b", 1]])]])],
  ["{Color.RED: 1}", { enum: "name" }, new Map([["RED", 1]])],
];

const toPython: readonly (readonly [unknown, object, string])[] = [
  [[1, [2]], {}, "[1, [2]]"],
  [Object.freeze([1, [2]]), {}, "(1, [2])"],
  [Object.freeze([]), {}, "()"],
  [[[1]], { array: "tuple" }, "((1,),)"],
  [Object.freeze([1]), { array: "list" }, "[1]"],
  [new Map<unknown, unknown>([[[1, [2]], "k"]]), {}, "{(1, (2,)): 'k'}"],
  [new Map<unknown, unknown>([[new Set([1]), "k"]]), {}, "{frozenset({1}): 'k'}"],
  [new Set([[1]]), {}, "{(1,)}"],
  [new Map<unknown, unknown>([[null, 1], ["b", 2n ** 60n]]), {}, "{None: 1, 'b': 1152921504606846976}"], // prettier-ignore
  [Object.assign(Object.create(null), { a: undefined }), {}, "{'a': None}"],
  [{ a: undefined, b: [undefined] }, { undefined: "omit" }, "{'b': [None]}"],
  [[1, -0, 2.5, 3n, "1"], { number: "float" }, "[1.0, -0.0, 2.5, 3, '1']"],
  [new Date(1234), {}, "datetime.datetime(1970, 1, 1, 0, 0, 1, 234000, tzinfo=datetime.timezone.utc)"],
  [new Uint8Array([1, 2]).subarray(1), {}, "b'\\x02'"],
  [new Uint8ClampedArray([255]), {}, "b'\\xff'"],
  [new Uint8Array([3]).buffer, {}, "b'\\x03'"],
  [new DataView(new Uint8Array([3, 4]).buffer, 1), {}, "b'\\x04'"],
  [new Int16Array([-1, 2]), {}, "array('h', [-1, 2])"],
  [new Float64Array([1.5, 2]).subarray(1), {}, "array('d', [2.0])"],
  [new BigInt64Array([-1n]), {}, "array('q', [-1])"],
  [[new (class Money {
      amount = 5;
      #secret = 1;
      get text(): string { return String(this.#secret); }
    })()], { instance: "dict" }, "[{'amount': 5}]"], // prettier-ignore
];

export const conversions: Topic = ({ api, test, load }) => {
  const { python } = api;

  test("toPy(toJs(x)) == x for all that toJs converts by itself", () => {
    const module = load(typesCode);
    for (const source of lossless) {
      const value = module.of(source);
      const there = python.toJs(value);
      assert.equal(api.isPyObject(there), false, source);
      assert.equal(module.equal(python.toPy(there), value), true, source);
    }
  });

  test("what would not come back equal stays a handle of the same object", () => {
    const module = load(typesCode);
    for (const source of handles) {
      const value = module.of(`[${source}]`);
      const [there] = python.toJs(value);
      assert.equal(api.isPyObject(there), true, source);
      assert.equal(module.same(python.getItem(python.toPy([there]), 0), python.getItem(value, 0)), true, source);
    }
  });

  test("toJs(toPy(x)) is x again for plain data", () => {
    const values: unknown[] = [
      [1, "two", [null, true], Object.freeze([3, []])],
      { a: { b: [] }, ["__proto__"]: 1 },
      new Map<unknown, unknown>([[1, { a: 1 }], [Object.freeze([1, Object.freeze([2])]), 2]]), // prettier-ignore
      new Set<unknown>([1, "a", Object.freeze([2])]),
      new Uint8Array([1, 2, 3]),
      new Float32Array([0.5]),
      new BigUint64Array([2n ** 64n - 1n]),
    ];
    for (const value of values) assert.deepEqual(python.toJs(python.toPy([value])), [value]);
    assert.deepEqual(python.toJs(python.toPy({ at: new Date(12_345) }), { datetime: "date" }), { at: new Date(12_345) });
    const map = new Map([["a", 1]]);
    assert.deepEqual(python.toJs(python.toPy(map), { dict: "map" }), map);
    const frozen = python.toJs(python.eval("(1, [2])")) as Py;
    assert.equal(Object.isFrozen(frozen) && !Object.isFrozen(frozen[1]), true);
    assert.equal(Object.isFrozen(python.toJs(python.eval("(1,)"), { tuple: "array" })), false);
  });

  test("options of toJs choose what is given up", () => {
    const module = load(typesCode);
    for (const [source, options, expected] of chosen) assert.deepEqual(python.toJs(module.of(source), options), expected, source);
    assert.equal(python.toJs(module.of("fractions.Fraction(2**80)"), { number: "number" }), 2 ** 80);
    assert.equal(python.toJs(module.of("Level.LOW"), { enum: "value", number: "string" }), 1);
    for (const source of ["1 + 2j", "datetime.time(1)"]) {
      assert.equal(api.isPyObject(python.toJs(module.of(source), { number: "number", datetime: "date" })), true, source);
    }
  });

  test("numpy's scalars become numbers, and its arrays Arrays", () => {
    const module = load("import numpy as np\nvalues = [np.float64(0.5), np.int64(2**60), np.int8(-1), np.zeros(2)]");
    assert.deepEqual(python.toJs(module.values), [0.5, 2n ** 60n, -1, [0, 0]]);
    assert.deepEqual(python.toJs(module.values, { number: "string" }), ["0.5", String(2n ** 60n), "-1", [0, 0]]);
    assert.equal(api.isPyObject(python.toJs(module.values, { depth: 1 })[3]), true);
  });

  test("toPy: what each JS value becomes", () => {
    const module = load(typesCode);
    for (const [value, options, expected] of toPython) assert.equal(module.describe(python.toPy(value, options)), expected);
    assert.equal(module.describe(python.toPy(1, { number: "float" })), "1.0");
    const kept = [() => 1, Promise.resolve(), new WeakMap(), /a/, new URL("https://example.org"), Symbol("s"), new (class Own {})()];
    assert.deepEqual([...python.toPy(kept)], kept);
  });

  test("Temporal keeps everything, where there is Temporal", async () => {
    const module = load(`
      import datetime, zoneinfo
      zone = datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
      values = [
          datetime.datetime(2020, 1, 2, 3, 4, 5, 678901, datetime.timezone.utc),
          datetime.datetime(2020, 1, 2, 3, 4, 5, 1, zone),
          datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999),
          datetime.date(2020, 2, 29), datetime.time(1, 2, 3, 4), datetime.timedelta(days=-3, microseconds=7), datetime.timedelta.max,
      ]
      try:
          berlin = zoneinfo.ZoneInfo("Europe/Berlin")
          values += [datetime.datetime(2020, 10, 25, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1)]
      except zoneinfo.ZoneInfoNotFoundError:
          pass
      def check(back):
          return [(a, b) for a, b in zip(values, back) if a != b or type(a) is not type(b) or getattr(a, "tzinfo", None) != getattr(b, "tzinfo", None)].__repr__()
    `);
    const { Temporal } = globalThis as Py;
    if (Temporal === undefined) {
      const error = await caught(() => python.toJs(module.values, { datetime: "temporal" }));
      assert.equal(error.code, "bad-argument");
      return;
    }
    const there = python.toJs(module.values, { datetime: "temporal" });
    assert.equal(there[0] instanceof Temporal.ZonedDateTime && there[2] instanceof Temporal.PlainDateTime && there[6] instanceof Temporal.Duration, true);
    assert.equal(there[1].toString(), "2020-01-02T03:04:05.000001-03:30[-03:30]");
    assert.equal(module.check(python.toPy(there)), "[]");
    assert.equal(python.repr(python.toPy(Temporal.Instant.from("1970-01-01T00:00:01.5Z"))), python.repr(python.toPy(new Date(1500))));
    assert.equal(python.str(python.toPy(Temporal.Duration.from("P1W2DT3H"))), "9 days, 3:00:00");
    for (const lost of [Temporal.PlainTime.from("00:00:00.000000001"), Temporal.Duration.from("P1Y"), Temporal.PlainDate.from("-000001-01-01")]) {
      assert.equal((await caught(() => python.toPy([lost]))).code, "not-convertible", String(lost));
    }
  });

  test("exceptions and errors in data", () => {
    const module = load(`
      import interloop
      def kinds(values):
          return [type(value).__name__ for value in values]
      def catch(f):
          try:
              f()
          except interloop.JsError as error:
              return {"at": [error, ValueError("in data")]}
      def same(value):
          return value
    `);
    const mine = new TypeError("mine");
    const caughtThere = module.catch(() => {
      throw mine;
    });
    assert.deepEqual((python.toJs(caughtThere) as Py).at.map(api.isPyObject), [true, true]);
    const { at } = python.toJs(caughtThere, { exception: "error" });
    assert.equal(at[0], mine);
    assert.ok(api.isPyError(at[1]));
    assert.equal(at[1].message, "in data");
    const data = [mine, at[1], new InterloopLike()];
    assert.deepEqual(python.toJs(module.kinds(python.toPy(data))), ["JsObject", "ValueError", "JsObject"]);
    assert.deepEqual(python.toJs(module.kinds(python.toPy(data, { error: "exception" }))), ["JsError", "ValueError", "JsError"]);
    assert.deepEqual(python.toJs(module.same(python.toPy(data, { error: "exception" })), { exception: "error" }), data);
  });

  test("identity and cycles are kept, both ways", () => {
    const module = load(`
      shared = [1]
      data = {"a": shared, "b": (shared, {"deep": shared}), "m": {(1,): shared}}
      loop = []
      loop.append((loop, {"back": loop}))
      def checks(data, loop):
          shared = data["a"]
          return [data["b"][0] is shared, data["b"][1]["deep"] is shared, data["m"][(1,)] is shared, loop[0][0] is loop, loop[0][1]["back"] is loop, type(loop[0]) is tuple]
    `);
    const [data, loop] = [python.toJs(module.data) as Py, python.toJs(module.loop) as Py];
    assert.equal(data.b[0] === data.a && data.b[1].deep === data.a && [...data.m.values()][0] === data.a, true);
    assert.equal(loop[0][0] === loop && loop[0][1].back === loop, true);
    assert.deepEqual(python.toJs(module.checks(python.toPy(data), python.toPy(loop))), [true, true, true, true, true, true]);
    const time = new Date(0);
    const bytes = new Uint8Array(1);
    const [a, b, c, d] = [...python.toPy([time, time, bytes, bytes])];
    assert.equal(python.is(a, b) && python.is(c, d), true);
    module.loop.clear();
  });

  test("depth costs no stack", () => {
    const module = load(`
      def nest(levels):
          value, pair = [], ()
          for _ in range(levels):
              value, pair = [value], (pair,)
          return [value, pair]
    `);
    const there = python.toJs(module.nest(50_000)) as Py;
    const depthOf = (value: Py): number => {
      let depth = 0;
      for (let at = value; at.length > 0; at = at[0]) depth++;
      return depth;
    };
    assert.deepEqual(there.map(depthOf), [50_000, 50_000]);
    // Python's own deallocation of such a thing is without recursion as well.
    assert.equal(depthOf(python.toJs(python.toPy(there[1]))), 50_000);
  });

  test("depth limits both ways", () => {
    const value = python.eval("[1, [2, [3]]]");
    assert.equal(python.toJs(value, { depth: 0 }), value);
    const [one, two] = python.toJs(value, { depth: 1 });
    assert.equal(one === 1 && api.isPyObject(two), true);
    assert.equal(api.isPyObject(python.toJs(value, { depth: 2 })[1][1]), true);
    const inner = { a: 1 };
    assert.equal(python.getItem(python.toPy([inner], { depth: 1 }), 0), inner);
    assert.equal(python.toPy([inner], { depth: 0 }) instanceof Array, true);
  });

  test("default: what takes the place of the rest", async () => {
    const module = load(typesCode);
    const asked: unknown[] = [];
    const value = module.of("(lambda p, z: [p, p, z, {'k': p}, len])(Point(1, Color.RED), 1 + 2j)");
    const there = python.toJs(value, {
      default: (object) => {
        asked.push(python.repr(object));
        if (python.isInstance(object, module.Point)) return object.__dict__;
        return python.isInstance(object, module.Color) ? object : new Map([["js", 1]]);
      },
    }) as Py;
    assert.equal(there[0] === there[1] && there[3].k === there[0], true);
    assert.equal(there[0].x, 1);
    assert.equal(python.is(there[0].y, module.Color.RED), true);
    assert.deepEqual([there[2], there[4]], [new Map([["js", 1]]), new Map([["js", 1]])]);
    assert.equal(asked.length, 4);

    const refuse = (object: unknown): never => {
      throw new RangeError(`no place for ${python.repr(object)}`);
    };
    assert.match((await caught(() => python.toJs(value, { default: refuse }))).message, /no place for Point/);

    const url = new URL("https://example.org/");
    class Money {
      amount = 5;
    }
    const money = new Money();
    const back = python.toPy([url, money, [money], /a+/i, () => 1, Promise.resolve()], {
      default: (object) => {
        if (object instanceof URL) return object.href;
        if (object instanceof RegExp) return python.import("re").compile(object.source);
        return object instanceof Money ? { amount: object.amount } : object;
      },
    });
    assert.match(
      module.describe(back),
      /^\['https:\/\/example.org\/', \{'amount': 5\}, \[\{'amount': 5\}\], re.compile\('a\+'\), <JS function .*>, <JS Promise>\]$/,
    );
    assert.equal(module.same(python.getItem(back, 1), python.getItem(python.getItem(back, 2), 0)), true);
    assert.match((await caught(() => python.toPy([url], { default: refuse }))).message, /no place for/);

    const growing: unknown[] = [url, 1];
    const grow = (): string => `item ${growing.push("late")}`;
    assert.deepEqual(python.toJs(python.toPy(growing, { default: grow })), ["item 3", 1]);
    const list = python.toPy([python.eval("object()"), 1]);
    assert.deepEqual(python.toJs(list, { default: () => (list.append("late"), "item") }), ["item", 1]);
  });

  test("what would be lost in silence is refused", async () => {
    const module = load(typesCode);
    const own: unknown[] = [];
    own.push(own);
    const lost: readonly (() => unknown)[] = [
      () => python.toJs(module.of("{1: 2}"), { dict: "object" }),
      () => python.toJs(module.of("{'\\U0001f600': 1, '\\ud83d\\ude00': 2}")),
      () => python.toJs(module.of("{decimal.Decimal('1'), '1'}"), { number: "string" }),
      () => python.toPy(new Map<unknown, unknown>([[1, "a"], [true, "b"]])), // prettier-ignore
      () => python.toPy(new Set([0, -0, false])),
      () => python.toPy(new Set([[1], [1]])),
      () => python.toPy(new Map([[{}, 1]])),
      () => python.toPy(new Set([new Map()])),
      () => python.toPy(new Set([new Float32Array(1)])),
      () => python.toPy(Object.freeze(own)),
      () => python.toPy([new Date(Number.NaN)]),
      () => python.toPy([new Date(8.64e15)]),
    ];
    for (const convert of lost) {
      const error = await caught(convert);
      assert.equal(error.code, "not-convertible", String(convert));
      assert.ok(api.isInterloopError(error));
    }
    assert.equal((await caught(() => python.toPy(new Map([[python.eval("[]"), 1]])))).name, "TypeError");
  });

  test("options that there are not throw", async () => {
    const list = python.eval("[]");
    for (const options of [
      { dict: "array" },
      { dicts: "map" },
      { tuple: 1 },
      { datetime: "utc" },
      { depth: -1 },
      { depth: Number.NaN },
      { default: "string" },
    ] as Py[]) {
      assert.equal((await caught(() => python.toJs(list, options))).code, "bad-argument", JSON.stringify(options));
    }
    for (const options of [{ array: "set" }, { arrays: "tuple" }, { number: "bigint" }, { undefined: null }, { depth: "2" }, { default: {} }] as Py[]) {
      assert.equal((await caught(() => python.toPy([], options))).code, "bad-argument", JSON.stringify(options));
    }
  });

  test("more values than one call carries", () => {
    const rows = Array.from({ length: 3000 }, (_, id) => ({ id, name: `n${id}`, tags: [id, Object.freeze([id])] }));
    assert.deepEqual(python.toJs(python.toPy(rows)), rows);
    assert.equal(python.len(python.toPy(new Set(Array.from({ length: 5000 }, (_, n) => n)))), 5000);
  });
};

class InterloopLike extends Error {
  override name = "InterloopLike";
}
