/** Data of every shape goes there and back: fast-check makes what JS sends, hypothesis what Python sends. */
import fc from "fast-check";
import assert from "node:assert/strict";
import type { Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const hypothesisCode = `
  import asyncio, datetime, decimal, os, re, tempfile
  from hypothesis import HealthCheck, configuration, given, settings, strategies as st

  configuration.set_hypothesis_home_dir(os.path.join(tempfile.gettempdir(), "interloop-hypothesis"))

  # Two surrogates in the right order are one character in JS.
  text = st.text(st.characters() | st.characters(categories=["Cs"])).filter(lambda text: not re.search("[\\ud800-\\udbff][\\udc00-\\udfff]", text))
  scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
  keys = st.recursive(scalars | st.binary(), lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3), max_leaves=4)
  values = st.recursive(
      scalars | st.binary() | st.binary().map(bytearray) | st.binary().map(memoryview),
      lambda inner: st.lists(inner, max_size=5) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(text, inner, max_size=4)
      | st.dictionaries(keys, inner, max_size=4) | st.sets(keys, max_size=4) | st.frozensets(keys, max_size=4),
      max_leaves=15,
  )

  def check(strategy, examples, body):
      # The database and the deadline are for people who run the same thing again.
      settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))(given(strategy)(body))()

  def same(a, b):
      """Equal, and of one type where the type is kept."""
      if isinstance(a, (list, tuple)):
          return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
      if isinstance(a, dict):
          return type(a) is type(b) and a == b and all(same(a[key], b[key]) for key in a)
      return a == b and (isinstance(a, bool) is isinstance(b, bool))

  def deeply(convert, examples):
      def body(value):
          back = convert(value)
          assert same(value, back), (value, back)
      check(values, examples, body)

  def plainly(there_and_back, examples):
      def body(value):
          back = there_and_back(value)
          assert back == value if isinstance(value, (type(None), bool, int, float, str)) else back is value, (value, back)
      check(values, examples, body)

  def into(target, examples):
      def body(name, key, value):
          setattr(target.object, name, value)
          target.map[key] = value
          target.array[0] = value
          found = [getattr(target.object, name), target.map[key], target.array[-1]]
          assert all(each is value or each == value for each in found), (value, found)
          assert key in target.map
      names = text.filter(lambda name: name != "__proto__" and not (name.startswith("__") and name.endswith("__")))
      check(st.tuples(names, scalars, values), examples, lambda drawn: body(*drawn))

  def calls(collect, examples):
      def body(drawn):
          args, named = drawn
          expected = [*args, named] if named else args
          assert same(list(expected), collect(*args, **named)), (args, named)
      check(st.tuples(st.lists(values, max_size=4), st.dictionaries(text, values, max_size=3)), examples, body)

  def moments(convert, digits, examples):
      def body(moment):
          expected = moment.replace(microsecond=moment.microsecond // digits * digits)
          back = convert(moment)
          assert back == expected and back.utcoffset() is not None, (moment, back)
      zones = st.just(datetime.timezone.utc) | st.integers(-14 * 60, 14 * 60).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
      check(st.datetimes(datetime.datetime(2, 1, 1), datetime.datetime(9998, 12, 31), timezones=zones), examples, body)

  def plain_times(convert, examples):
      def body(value):
          back = convert(value)
          assert back == value and type(back) is type(value), (value, back)
      check(st.datetimes() | st.dates() | st.times() | st.timedeltas(), examples, body)

  def decimals(text_of, examples):
      def body(value):
          assert decimal.Decimal(text_of(value)) == value
      check(st.decimals(allow_nan=False), examples, body)
`;

export const roundTrips: Topic = ({ api, capabilities, load, test }) => {
  const { python } = api;
  const numRuns = capabilities.nightly ? 5000 : 60;

  // Any sequence of UTF-16 code units, lone surrogates and NUL among them.
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
  const large = fc.bigInt().filter((n) => n > 2n ** 53n || n < -(2n ** 53n));
  const primitive = fc.oneof(fc.constant(null), fc.boolean(), fc.maxSafeInteger(), fc.double(), text, large);
  const frozen = <T>(array: T[]): readonly T[] => Object.freeze(array);
  // No two of these are equal in Python, unless they are in JS.
  const atom = fc.oneof(text, fc.maxSafeInteger());
  const key = fc.oneof(atom, fc.array(atom, { maxLength: 3 }).map(frozen));
  const identity = (each: unknown): string => JSON.stringify(each);
  const leaf = fc.oneof(
    primitive,
    fc.uint8Array({ maxLength: 20 }),
    fc.int16Array({ maxLength: 5 }),
    fc.float64Array({ maxLength: 5 }),
    fc.bigUint64Array({ maxLength: 5 }),
    fc.date({ noInvalidDate: true, min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59.999Z") }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("tree"), { maxLength: 5 }),
      fc.array(tie("tree"), { maxLength: 3 }).map(frozen),
      fc.dictionary(text, tie("tree"), { maxKeys: 5, noNullPrototype: true }),
      // With strings only as keys it would come back as an object.
      fc
        .uniqueArray(fc.tuple(key, tie("tree")), { maxLength: 4, selector: ([each]) => identity(each) })
        .map((entries) => new Map<unknown, unknown>([...entries, [0.5, null]])),
      fc.uniqueArray(key, { maxLength: 5, selector: identity }).map((members) => new Set(members)),
    ),
  }));

  /** Equal, and frozen where it was. */
  const check = (back: unknown, value: unknown): void => {
    assert.deepEqual(back, value);
    if (!Array.isArray(value)) return;
    assert.equal(Object.isFrozen(back), Object.isFrozen(value));
    value.forEach((item, index) => check((back as unknown[])[index], item));
  };

  test("what JS sends comes back, deeply", () => {
    const { same } = load("def same(value): return value");
    fc.assert(
      fc.property(tree, (value) => check(python.toJs(same(python.toPy([value])), { datetime: "date" }), [value])),
      { numRuns },
    );
  });

  test("Maps come back as Maps when asked for, in their order", () => {
    const entries = fc.uniqueArray(fc.tuple(text, primitive), { selector: ([each]) => each, maxLength: 8 });
    fc.assert(
      fc.property(entries, (pairs) => {
        const back = python.toJs<Map<string, unknown>>(python.toPy(new Map(pairs)), { dict: "map" });
        assert.deepEqual([...back], pairs);
      }),
      { numRuns },
    );
  });

  test("what Python sends comes back, deeply", () => {
    load(hypothesisCode).deeply((value: Py) => python.toPy(python.toJs(value)), numRuns);
  });

  test("what Python sends by itself comes back, and is the same object where it is one", () => {
    const module = load(hypothesisCode);
    module.plainly((value: unknown) => value, numRuns);
    const kept: unknown[] = [];
    module.plainly((value: unknown) => {
      kept[0] = value;
      return kept.pop();
    }, numRuns);
  });

  test("what Python puts into JS objects is found there", () => {
    load(hypothesisCode).into(python.ref({ object: {}, map: new Map(), array: [null] }), Math.ceil(numRuns / 2));
  });

  test("arguments of Python arrive in JS", () => {
    load(hypothesisCode).calls((...args: unknown[]) => python.toPy(args.map((each) => python.toJs(each))), Math.ceil(numRuns / 2));
  });

  test("times and decimals come back by their options", () => {
    const module = load(hypothesisCode);
    module.moments((value: Py) => python.toPy(python.toJs(value, { datetime: "date" })), 1000, numRuns);
    module.decimals((value: Py) => python.toJs<string>(value, { number: "string" }), numRuns);
    if (!("Temporal" in globalThis)) return; // where there is none, the option says so: see the conversions
    const temporal = (value: Py): unknown => python.toPy(python.toJs(value, { datetime: "temporal" }));
    module.moments(temporal, 1, numRuns);
    module.plain_times(temporal, numRuns);
  });
};
