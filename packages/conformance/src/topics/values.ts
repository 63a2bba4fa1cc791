/** Every row of the value table, both ways. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const describeCode = `
  def describe(value):
      return type(value).__name__ + " " + repr(value)
  def same(value):
      return value
  def length(value):
      return len(value)
  def ords(value):
      return ",".join(str(ord(c)) for c in value)
`;

export const values: Topic = ({ api, test, load }) => {
  const { python } = api;

  const toPython: readonly (readonly [unknown, string])[] = [
    [null, "NoneType None"],
    [undefined, "NoneType None"],
    [true, "bool True"],
    [false, "bool False"],
    [0, "int 0"],
    [-1, "int -1"],
    [2 ** 31, "int 2147483648"],
    [-(2 ** 31) - 1, "int -2147483649"],
    [Number.MAX_SAFE_INTEGER, "int 9007199254740991"],
    [Number.MIN_SAFE_INTEGER, "int -9007199254740991"],
    [2 ** 53, "float 9007199254740992.0"],
    [1e300, "float 1e+300"],
    [-0, "float -0.0"],
    [0.5, "float 0.5"],
    [Number.NaN, "float nan"],
    [Number.POSITIVE_INFINITY, "float inf"],
    [Number.NEGATIVE_INFINITY, "float -inf"],
    [Number.MIN_VALUE, "float 5e-324"],
    [5n, "int 5"],
    [-5n, "int -5"],
    [0n, "int 0"],
    [2n ** 64n, "int 18446744073709551616"],
    [-(2n ** 63n), "int -9223372036854775808"],
    [-(2n ** 64n), "int -18446744073709551616"],
    ["", "str ''"],
    ["text", "str 'text'"],
    ["\u0000a\u0000", "str '\\x00a\\x00'"],
    ["\u00e9\u20ac", "str '\u00e9\u20ac'"],
    ["\u{1f600}", "str '\u{1f600}'"],
    ["\ud800", "str '\\ud800'"],
    ["a\udc00b", "str 'a\\udc00b'"],
  ];

  test("JS primitives become Python's", () => {
    const module = load(describeCode);
    for (const [value, expected] of toPython) assert.equal(module.describe(value), expected);
    assert.equal(module.length("\u{1f600}"), 1);
    assert.equal(module.ords("\udc00\ud800"), "56320,55296");
  });

  const toJs: readonly (readonly [string, unknown])[] = [
    ["None", null],
    ["True", true],
    ["False", false],
    ["0", 0],
    ["-7", -7],
    ["2**53 - 1", Number.MAX_SAFE_INTEGER],
    ["-(2**53 - 1)", Number.MIN_SAFE_INTEGER],
    ["2**53", 2n ** 53n],
    ["-2**53", -(2n ** 53n)],
    ["2**63", 2n ** 63n],
    ["2**64", 2n ** 64n],
    ["-2**63", -(2n ** 63n)],
    ["-2**64 - 1", -(2n ** 64n) - 1n],
    ["10**400", 10n ** 400n],
    ["-10**400", -(10n ** 400n)],
    ["10**5000", 10n ** 5000n],
    ["1.0", 1],
    ["-0.0", -0],
    ["float('nan')", Number.NaN],
    ["float('inf')", Number.POSITIVE_INFINITY],
    ["5e-324", Number.MIN_VALUE],
    ["''", ""],
    ["'\\x00'", "\u0000"],
    ["'\\ud800'", "\ud800"],
    ["'\\udc00\\ud800'", "\udc00\ud800"],
    ["'\\U0001f600'", "\u{1f600}"],
    ["'\\xe9'", "\u00e9"],
    ["'x' * 100000", "x".repeat(100_000)],
  ];

  test("Python's exact primitives are copied", () => {
    for (const [source, expected] of toJs) assert.ok(Object.is(python.eval(source), expected), source);
  });

  test("what goes to Python and back is the same value", () => {
    const { same } = load(describeCode);
    const values = [null, true, 0, -0, Number.NaN, 2 ** 53, 10n ** 400n, "\ud800", "\u{1f600}x", 1.5, -(2n ** 64n)];
    for (const value of values) assert.ok(Object.is(same(value), value), String(value));
    assert.equal(same(5n), 5);
    assert.equal(same(undefined), null);
  });

  test("a surrogate pair in two halves becomes one character, as in JS", () => {
    const { same } = load(describeCode);
    assert.equal(same("\ud83d" + "\ude00"), "\u{1f600}");
  });

  test("python.float makes a float of an integer", () => {
    const module = load("def facts(value): return repr((isinstance(value, float), repr(value), value / 2))");
    assert.equal(module.facts(python.float(1)), "(True, '1.0', 0.5)");
    assert.equal(module.facts(python.float(-0)), "(True, '-0.0', -0.0)");
  });

  test("subclasses of the primitives are proxies that convert themselves", () => {
    const module = load(`
      import enum
      class Color(enum.IntEnum):
          RED = 3
      class Name(str):
          pass
      class Ratio(float):
          pass
      class Big(int):
          pass
      color, name, ratio, big = Color.RED, Name("ada"), Ratio(0.5), Big(10**30)
      def is_color(value):
          return value is Color.RED
    `);
    assert.notEqual(typeof module.color, "number");
    assert.equal(module.color.name, "RED");
    assert.equal(Number(module.color), 3);
    assert.equal(module.color + 1, 4);
    assert.equal(module.is_color(module.color), true);
    assert.notEqual(typeof module.name, "string");
    assert.equal(`${module.name}`, "ada");
    assert.equal(module.name.upper(), "ADA");
    assert.equal(module.ratio * 2, 1);
    assert.equal(BigInt(module.big[Symbol.toPrimitive]("number")), 10n ** 30n);
  });

  test("positional and keyword arguments arrive as in Python", () => {
    const module = load(`
      def show(a, b=2, *args, c=3, **others):
          return repr((a, b, args, c, others))
    `);
    const { kwargs } = api;
    assert.equal(module.show(1), "(1, 2, (), 3, {})");
    assert.equal(module.show(1, kwargs({ c: 4 })), "(1, 2, (), 4, {})");
    assert.equal(module.show(1, 5, 6, kwargs({ d: "x", c: null })), "(1, 5, (6,), None, {'d': 'x'})");
    assert.equal(module.show(kwargs({ a: 1, "not an identifier": 2 })), "(1, 2, (), 3, {'not an identifier': 2})");
    assert.equal(module.show(1, kwargs({})), "(1, 2, (), 3, {})");
  });

  test("wrong arguments are Python's TypeError", async () => {
    const module = load("def one(a): return a");
    for (const call of [() => module.one(), () => module.one(1, 2), () => module.one(1, api.kwargs({ a: 1 })), () => module.one(api.kwargs({ z: 1 }))]) {
      const error = await caught(call);
      assert.ok(error instanceof api.PyError);
      assert.equal(error.name, "TypeError");
    }
  });

  test("many arguments", () => {
    const module = load("def count(*args): return len(args)");
    for (const count of [0, 1, 2, 3, 4, 5, 8, 16, 17, 100, 1000]) {
      assert.equal(module.count(...Array.from({ length: count }, () => 1)), count);
    }
  });

  test("toJs converts deeply", () => {
    const value = python.eval("{'a': [1, (2, 3)], 'b': {'c': None}, 'd': {1, 2}}") as Py;
    const deep = python.toJs(value) as Py;
    assert.deepEqual(deep.a, [1, [2, 3]]);
    assert.deepEqual(deep.b, { c: null });
    assert.deepEqual(new Set(deep.d), new Set([1, 2]));
  });

  test("toPy converts deeply", () => {
    const module = load(describeCode);
    const value = { a: [1, [2, "x"]], b: { c: null, d: true } };
    assert.equal(module.describe(python.toPy(value)), "dict {'a': [1, [2, 'x']], 'b': {'c': None, 'd': True}}");
    assert.equal(module.describe(python.toPy(new Map([[1, "one"]]))), "dict {1: 'one'}");
    assert.equal(module.describe(python.toPy(new Set([1]))), "set {1}");
    assert.equal(module.describe(python.toPy(3)), "int 3");
  });

  test("a cycle in toJs and toPy ends", async () => {
    const module = load(`
      cyclic = {}
      cyclic["self"] = cyclic
      def is_cyclic(value):
          return value["self"] is value
    `);
    let deep: Py;
    try {
      deep = python.toJs(module.cyclic);
    } catch (error) {
      assert.ok(error instanceof api.InterloopError);
    }
    if (deep !== undefined) assert.equal(deep.self, deep);
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    try {
      assert.equal(module.is_cyclic(python.toPy(cyclic)), true);
    } catch (error) {
      assert.ok(error instanceof api.InterloopError);
    }
    module.cyclic.clear();
  });
};
