/** Functions of each language called by the other: their arguments, and what tools of Python learn about those of JS. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const callables: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;

  test("Python callables of every kind are functions in JS", async () => {
    const module = load(`
      import functools
      def every(a, /, b, c=3, *args, d, e=5, **others):
          return repr((a, b, c, args, d, e, others))
      class Counter:
          start = 10
          def __init__(self, by=1):
              self.by, self.count = by, self.start
          def add(self, times=1):
              self.count += self.by * times
              return self.count
          def __call__(self, *args, **kwargs):
              return [self.by, list(args), kwargs]
          @classmethod
          def named(cls, *, by):
              return cls(by)
          @staticmethod
          def twice(x):
              return 2 * x
          @property
          def make(self):
              return lambda x: (self.by, x)
      half = functools.partial(every, 1, d="d", z=0)
    `);
    assert.equal(module.every(1, 2, kwargs({ d: 4 })), "(1, 2, 3, (), 4, 5, {})");
    assert.equal(module.every(1, 2, 3, 4, 5, kwargs({ d: null, e: true, f: "x" })), "(1, 2, 3, (4, 5), None, True, {'f': 'x'})");
    assert.equal(module.every(1, kwargs({ d: 4, b: 2, a: "free, since the other is positional" })).includes("'a': 'free"), true);
    assert.equal(module.half(2), "(1, 2, 3, (), 'd', 5, {'z': 0})");
    assert.equal(module.half(2, kwargs({ d: 0 })), "(1, 2, 3, (), 0, 5, {'z': 0})");
    for (const call of [() => module.every(1, 2), () => module.every(kwargs({ a: 1, b: 2, d: 3 })), () => module.every(1, 2, kwargs({ b: 2, d: 3 }))]) {
      assert.equal((await caught(call)).name, "TypeError");
    }

    const counter = module.Counter(kwargs({ by: 2 }));
    const { add } = counter; // a bound method needs no receiver
    assert.deepEqual([add(), add(kwargs({ times: 3 })), counter.count], [12, 18, 18]);
    assert.deepEqual(python.toJs(counter(1, kwargs({ x: 2 }))), [2, [1], { x: 2 }]);
    assert.equal(module.Counter.named(kwargs({ by: 7 })).by, 7);
    assert.deepEqual([module.Counter.twice(4), python.toJs(counter.make("x"))], [8, [2, "x"]]);
    assert.deepEqual([typeof module.Counter, typeof counter, typeof add], ["function", "function", "function"]);
    assert.equal((await caught(() => (python.eval("5 .real.__class__") as Py)("x"))).name, "ValueError");
  });

  test("JS calls a Python function as it calls any other", async () => {
    const module = load("def pair(a, b=None): return (a, b)\nasync def slow(a): return a");
    assert.deepEqual([3, 1, 2].toSorted(python.import("operator").sub), [1, 2, 3]);
    assert.deepEqual(python.toJs(Reflect.apply(module.pair, undefined, [1, 2])), [1, 2]);
    assert.deepEqual(python.toJs(await Promise.resolve(5).then(module.pair)), [5, null]);
    assert.equal(await Promise.resolve(5).then(module.slow), 5);
    assert.equal(python.call(module.pair, 1)[Symbol.toStringTag], "PyObject");
    assert.equal((await caught(() => python.call(python.eval("[]"), 1))).code, "not-callable");
  });

  test("keyword arguments of Python arrive as a trailing object, defaults are JS's", () => {
    const module = load(`
      import functools, interloop
      def calls(f):
          return [f(), f(1), f(1, 2), f(1, b=2), f(b=2), f(*[1], **{"b": 3, "not an identifier": 4}), functools.partial(f, 9, b=1)(c=2)]
      def method(o):
          return [o.scale(2), o.scale(2, by=3), functools.partial(o.scale, 4)(), list(map(o.scale, [1, 2]))]
      def make(cls):
          return interloop.new(cls, "tea", price=2).text()
    `);
    const calls = python.toJs(module.calls((...args: unknown[]) => JSON.stringify(args)));
    assert.deepEqual(calls, ["[]", "[1]", "[1,2]", '[1,{"b":2}]', '[{"b":2}]', '[1,{"b":3,"not an identifier":4}]', '[9,{"b":1,"c":2}]']);
    assert.deepEqual(python.toJs(module.calls((a = "default", { b = "none" } = {}) => `${a} ${b}`)).slice(0, 4), ["default none", "1 none", "1 none", "1 2"]);
    const object = {
      unit: 10,
      scale(x: number, { by = 1 } = {}): number {
        return this.unit * x * by;
      },
    };
    assert.deepEqual(python.toJs(module.method(object)), [20, 60, 40, [10, 20]]);
    class Item {
      readonly #text: string;
      constructor(name: string, { price }: { price: number }) {
        this.#text = `${name} ${price}`;
      }
      text(): string {
        return this.#text;
      }
    }
    assert.equal(module.make(Item), "tea 2");
  });

  test("map, sorted, min, reduce, filter, lru_cache, wraps and cmp_to_key take JS functions", () => {
    const module = load(`
      import functools
      def use(negate, add, is_odd, compare):
          cached = functools.lru_cache(negate)
          @functools.wraps(negate)
          def wrapper(x):
              return negate(x)
          return [
              list(map(negate, [1, 2])), sorted([1, 3, 2], key=negate), min([1, 3, 2], key=negate), functools.reduce(add, [1, 2, 3]), list(filter(is_odd, range(5))),
              [cached(1), cached(1), cached.cache_info().hits], [wrapper(2), wrapper.__name__, wrapper.__wrapped__ == negate],
              sorted([1, 3, 2], key=functools.cmp_to_key(compare)), list(map(add, [1, 2], [10, 20])),
          ]
    `);
    const negate = (x: number): number => -x;
    const add = (a: number, b: number): number => a + b;
    const result = python.toJs(
      module.use(
        negate,
        add,
        (x: number) => x % 2 === 1,
        (a: number, b: number) => b - a,
      ),
    );
    assert.deepEqual(result, [[-1, -2], [3, 2, 1], 3, 6, [1, 3], [-1, -1, 1], [-2, "negate", true], [3, 2, 1], [11, 22]]); // prettier-ignore
  });

  // Text, so that no compiler has its way with it; the runtimes give source text as it was written.
  const signatures: readonly (readonly [string, string])[] = [
    ["() => 1", "()"],
    ["x => x", "(x)"],
    ["async x => x", "(x)"],
    ["(a, b) => a", "(a, b)"],
    ["async (a, b = 2) => a", "(a, b=2)"],
    ["function (a, ...rest) {}", "(a, *rest)"],
    ["function* named(a /* first, of two */, b) {}", "(a, b)"],
    [
      "(a = 'x, y', b = \"z\", c = true, d = null, e = undefined, f = -1.5, g = [1, [2]]) => a",
      "(a='x, y', b='z', c=True, d=None, e=None, f=-1.5, g=[1, [2]])",
    ],
    ["(a = Date.now(), b = { x: (1, 2) }) => a", "(a=Date.now(), b={ x: (1, 2) })"],
    ["(a = 1, b) => a", "(a=1, b=None)"],
    ["(a = (x, y) => x) => a", "(a=(x, y) => x)"],
    ["({ item, count = 1, price: cost }) => item", "(*, item, count=1, price)"],
    ["(id, { q = '', ...others } = {}) => id", "(id, *, q='', **others)"],
    ["({ from, a }) => a", "(*, a, **others)"],
    ["([a, b], $c, lambda) => a", "(arg0, arg1, arg2, /)"],
    ["class { #x = (1); constructor(a, b = 1) {} }", "(a, b=1)"],
    ["class {}", "()"],
    ["({ async method(a, b) {} }).method", "(a, b)"],
    ["({ [`comp${1}`](a) {} }).comp1", "(a)"],
    ["((a, b) => a).bind(null)", "(arg0, arg1, /)"],
    ["Math.max", "(arg0, arg1, /)"],
    ["(a, // one, two\n b = /[)(]/) => a", "(arg0, /)"],
  ];

  test("inspect.signature of a JS function", () => {
    const module = load(
      "import inspect\ndef show(f): return str(inspect.signature(f))\ndef bind(f, *args, **names): return dict(inspect.signature(f).bind(*args, **names).arguments)",
    );
    for (const [source, expected] of signatures) {
      // oxlint-disable-next-line typescript/no-implied-eval
      const fn: unknown = new Function(`return ${source}`)();
      assert.equal(module.show(fn), expected, source);
    }
    const search = (id: number, { q = "all" } = {}): unknown => [id, q];
    assert.deepEqual(python.toJs(module.bind(search, 1, kwargs({ q: "tea" }))), { id: 1, q: "tea" });
    const name = "callables_signature";
    const exported = api.pymodule(name, { search, order: async (item: string, { count = 1 } = {}) => later([item, count]) });
    assert.equal(module.show(exported.search), "(id, *, q='all')");
    assert.equal(module.show(exported.order), "(item, *, count=1)");
    load("import sys\ndef forget(name): sys.modules.pop(name, None)").forget(name);
  });
};
