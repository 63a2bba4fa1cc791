/** Data with keys that mean something to JavaScript: whichever way it goes, they are keys like any other, and no prototype is touched. */
import fc from "fast-check";
import assert from "node:assert/strict";
import type { Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const HOSTILE = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "toJSON",
  "hasOwnProperty",
  "then",
  "next",
  "length",
  "name",
  "__defineGetter__",
  "items",
  "keys",
  "get",
  "update",
  "__class__",
  "__dict__",
  "__len__",
  "",
  "0",
  "-1",
  "1.5",
  "4294967295",
  "\0",
  "\ud800",
  "\udfff\ud800",
  "ключ",
];

const pythonCode = `
  import json, os, re, tempfile
  from hypothesis import HealthCheck, configuration, given, settings, strategies as st

  configuration.set_hypothesis_home_dir(os.path.join(tempfile.gettempdir(), "interloop-hypothesis"))

  def entries(data): return [[key, value] for key, value in data.items()]
  def make(entries): return dict(map(tuple, entries))
  def same(value): return value
  def named(**names): return names

  def check(hostile, convert, examples):
      text = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=4).filter(lambda text: not re.search("[\\ud800-\\udbff][\\udc00-\\udfff]", text))
      keys = st.sampled_from(hostile) | text
      values = st.recursive(st.none() | st.booleans() | st.integers() | text, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=8)
      def body(data):
          back = convert(data)
          assert back == data, (data, back)
      settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))(given(st.dictionaries(keys, values, max_size=5))(body))()
`;

type Entries = readonly (readonly [string, unknown])[];

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Map.prototype, String.prototype, Number.prototype] as const;
const snapshot = (): unknown => prototypes.map((prototype) => [Object.getPrototypeOf(prototype) as unknown, ...Reflect.ownKeys(prototype)]);

/** An object with exactly these own properties. */
function objectOf(entries: Entries, prototype: object | null = Object.prototype): Record<string, unknown> {
  const object = Object.create(prototype) as Record<string, unknown>;
  for (const [key, value] of entries) Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  return object;
}

export const hostileKeys: Topic = ({ api, capabilities, load, test }) => {
  const { kwargs, python } = api;
  const numRuns = capabilities.nightly ? 3000 : 60;
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 4 });
  const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...HOSTILE) }, { weight: 1, arbitrary: text });
  const leaf = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), text);
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.uniqueArray(fc.tuple(key, tie("value")), { maxLength: 4, selector: ([each]) => each }).map((entries) => objectOf(entries)),
    ),
  }));
  const entries = fc.uniqueArray(fc.tuple(key, value), { maxLength: 6, selector: ([each]) => each });

  /** Runs the property, and sees that no prototype has changed. */
  const holds = (body: (entries: Entries) => void): void => {
    const before = snapshot();
    const every: [[string, unknown][]][] = [[HOSTILE.map((each) => [each, each])], [HOSTILE.map((each) => [each, objectOf([[each, null]])])]];
    fc.assert(fc.property(entries, body), { numRuns, examples: every });
    assert.deepEqual(snapshot(), before);
  };

  /** Own properties, in their order, of a plain object. */
  const checkObject = (found: unknown, expected: Record<string, unknown>): void => {
    assert.equal(Object.getPrototypeOf(found), Object.prototype);
    assert.deepEqual(Object.entries(found as object), Object.entries(expected));
  };

  test("data with hostile keys arrives as a dict with these keys, and comes back as an object with them", () => {
    const module = load(pythonCode);
    holds((drawn) => {
      for (const prototype of [Object.prototype, null]) {
        const data = objectOf(drawn, prototype);
        assert.deepEqual(python.toJs(module.entries(data), { tuple: "array" }), Object.entries(data).map((entry) => [...entry])); // prettier-ignore
        checkObject(python.toJs(module.same([data]))[0], objectOf(Object.entries(data)));
        checkObject(python.toJs(python.toPy(data)), objectOf(Object.entries(data)));
      }
      const map = new Map(drawn);
      assert.deepEqual(python.toJs(module.same(map), { dict: "map" }) as unknown, new Map(drawn.map(([each, item]) => [each, toMaps(item)])));
    });
  });

  test("dicts with hostile keys are data in JS: in JSON, in entries and in conversions", () => {
    const module = load(pythonCode);
    holds((drawn) => {
      const expected = objectOf(drawn);
      const dict = module.make(drawn) as Py;
      checkObject(python.toJs(dict), expected);
      assert.equal(JSON.stringify(dict), JSON.stringify(expected));
      assert.deepEqual(python.toJs(module.entries(dict)), drawn.map((entry) => [...entry])); // prettier-ignore
      for (const [each] of drawn) {
        assert.deepEqual(python.toJs(python.getItem(dict, each)), expected[each]);
        assert.equal(python.contains(dict, each), true);
      }
      // A copy of its properties is whole, or an error.
      let copy: Record<string, unknown>;
      try {
        copy = { ...dict } as Record<string, unknown>;
      } catch (error) {
        assert.equal((error as Py).code, "not-convertible");
        return;
      }
      assert.equal(Object.getPrototypeOf(copy), Object.prototype);
      assert.deepEqual(Object.keys(copy).sort(), Object.keys(expected).sort());
    });
  });

  test("hostile keys that JS writes are items, or an error", () => {
    const module = load(pythonCode);
    holds((drawn) => {
      const dict = module.make([]) as Py;
      const written: string[] = [];
      for (const [each, item] of drawn) {
        try {
          dict[each] = item;
        } catch (error) {
          assert.match((error as Error).name, /^(Attribute|Type)Error$/, each);
          python.setItem(dict, each, item);
        }
        // Whole numbers are numbers.
        written.push(/^-?\d{1,15}$/.test(each) ? String(Number(each)) : each);
      }
      assert.deepEqual(python.toJs(python.expr("[str(key) for key in d]", { d: dict })), [...new Set(written)]);
      const names = drawn.filter(([each]) => !each.includes("\0"));
      checkObject(python.toJs(module.named(kwargs(objectOf(names)))), objectOf(names));
    });
  });

  test("hostile keys that Python writes into JS objects are their own properties", () => {
    const { write } = load(`
      def write(target, entries):
          for key, value in entries:
              target[key] = value
          return [target[key] for key, _ in entries]
    `);
    holds((drawn) => {
      const object: Record<string, unknown> = {};
      const primitives = drawn.map(([each, item]) => [each, typeof item === "object" ? null : item] as const);
      write(python.ref(object), primitives);
      checkObject(object, objectOf(primitives));
      const map = new Map<string, unknown>();
      write(python.ref(map), primitives);
      assert.deepEqual([...map], primitives.map((entry) => [...entry])); // prettier-ignore
    });
  });

  test("dicts that hypothesis makes come back equal", () => {
    const before = snapshot();
    load(pythonCode).check([...HOSTILE], (data: Py) => python.toPy(python.toJs(data)) as Py, numRuns);
    assert.deepEqual(snapshot(), before);
  });
};

/** What `{ dict: "map" }` makes of data. */
function toMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toMaps);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, toMaps(item)]));
}
