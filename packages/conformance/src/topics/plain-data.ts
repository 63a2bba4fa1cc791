/** Plain data becomes real lists and dicts, wherever a value goes to Python; behaviour stays a reference. */
import assert from "node:assert/strict";
import vm from "node:vm";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const code = `
  import asyncio, collections, collections.abc, json
  kept = []
  def show(value):
      return type(value).__name__ + " " + repr(value)
  def named(**names):
      return repr(names)
  def call(f, *args):
      return show(f(*args))
  async def awaits(f):
      return show(await f())
  def yields(f):
      return show(list(f()))
  async def async_yields(items):
      return show([item async for item in items])
  def depth(value):
      levels = 0
      while value != "end":
          value, levels = value[0] if type(value) is list else value["deep"], levels + 1
      return levels
  class Thing:
      pass
`;

export const plainData: Topic = ({ api, load, test }) => {
  const { python } = api;

  test("arrays are lists and plain objects dicts, deeply", () => {
    const { show } = load(code);
    const rows: readonly (readonly [unknown, string])[] = [
      [[], "list []"],
      [{}, "dict {}"],
      [[1, 2.5, "x", true, null, undefined, 2n ** 70n], `list [1, 2.5, 'x', True, None, None, ${2n ** 70n}]`],
      [{ b: [1, { c: [] }], a: { 2: "two", 1: "one" } }, "dict {'b': [1, {'c': []}], 'a': {'1': 'one', '2': 'two'}}"],
      [[1, 2, "three", 4], "list [1, 2, 'three', 4]"],
      [Object.freeze([1, Object.freeze([2])]), "tuple (1, (2,))"],
      [Object.assign(Object.create(null) as object, { a: 1 }), "dict {'a': 1}"],
      [new Map<unknown, unknown>([["a", [1]], [2, null]]), "dict {'a': [1], 2: None}"], // prettier-ignore
      [new Map([[[1, 2], "pair"]]), "dict {(1, 2): 'pair'}"],
      [new Set(["a"]), "set {'a'}"],
      [new Set([[1]]), "set {(1,)}"],
      [new Date(1500), "datetime datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=datetime.timezone.utc)"],
      [JSON.parse('{"__proto__": {"constructor": 1}, "constructor": 2}'), "dict {'__proto__': {'constructor': 1}, 'constructor': 2}"],
      [["é", "\u{1f600}", "\ud800", "x".repeat(300)], `list ['é', '\u{1f600}', '\\ud800', '${"x".repeat(300)}']`],
      [new Proxy([1], {}), "list [1]"],
      [new Proxy({ a: 1 }, {}), "dict {'a': 1}"],
      [[1, , 3], "list [1, None, 3]"], // oxlint-disable-line no-sparse-arrays
      [vm.runInNewContext("[{ a: [1] }, new Map([[1, 2]]), new Set([3])]"), "list [{'a': [1]}, {1: 2}, {3}]"],
    ];
    for (const [value, expected] of rows) assert.equal(show(value), expected);
  });

  test("behaviour is a reference, also in data", () => {
    const { show } = load(code);
    class Stack extends Array {}
    class Point {
      x = 1;
    }
    const kinds = (values: unknown[]): string[] => python.toJs(python.eval("lambda values: [type(value).__name__ for value in values]")(values));
    const file = { text: "", write: (): number => 0 };
    const thenable = { [String("then")]: (): number => 1 };
    const iterable = { *[Symbol.iterator]() {} };
    assert.deepEqual(kinds([file, iterable, new Point(), new Stack(), Math, /a/, Symbol("s"), new (class extends Map {})(), Object.create({ a: 1 })]), [
      "JsDict",
      "JsMapping",
      "JsObject",
      "JsArray",
      "JsObject",
      "JsObject",
      "JsObject",
      "JsMapping",
      "JsObject", // prettier-ignore
    ]);
    assert.deepEqual(
      kinds([() => 1, async () => 1, Point, new Uint8Array(1), new ArrayBuffer(1), python.ref(new Uint8Array(1)), Promise.resolve(), thenable]),
      [
        "JsFunction",
        "JsFunction",
        "JsFunction",
        "memoryview",
        "memoryview",
        "JsBuffer",
        "JsPromise",
        "JsPromise", // prettier-ignore
      ],
    );
    const [accessor, iterator] = [{ get now() { return 1; }, f: (): number => 1 }, { next: () => ({ done: true }) }]; // prettier-ignore
    assert.deepEqual(kinds([accessor, iterator]), ["JsMapping", "JsObject"]);
    assert.match(show({ iterator }), /^dict \{'iterator': <JS Object/);
    // A function that comes late changes what was written before it.
    const app: Record<string, unknown> = { rows: Array.from({ length: 50 }, (_, id) => ({ id, when: new Date(id), fn: Math.abs })) };
    app["self"] = app;
    app["stop"] = () => 1;
    assert.match(
      show([app, [app], { a: [{ b: 1 }] }]),
      /^list \[\{'rows': \[\{'id': 0, .*\}\], 'self': \{\.\.\.\}, 'stop': <JS function.*>\}, \[\{.*\}\], \{'a': \[\{'b': 1\}\]\}\]$/,
    );
    const late: Record<string, unknown> = { rows: app["rows"], more: { f: (): number => 1 } };
    Object.defineProperty(late, "late", { get: () => (): number => 1, enumerable: true });
    assert.match(show([late, [late], { a: [{ b: 1 }] }]), /^list \[<JS Object.*>, \[<JS Object.*>\], \{'a': \[\{'b': 1\}\]\}\]$/);
  });

  test("a plain object with functions is a dict, whose attributes are those of the object", async () => {
    const module = load(`
      import copy, json
      def facts(o): return [isinstance(o, dict), sorted(o), o["n"], {**o}["list"], json.dumps({"n": o["n"]}), eval("double(n)", dict(o)), exec("n", o)]
      def calls(o): return [o.add(1), o["add"](1), o.n, o["n"], o.inner.who(), o["inner"]["who"](), o.get("n"), o.keys() == {"n", "list", "add", "double", "inner", "text"}]
      def change(o):
          o["a"] = 1
          o.b = 2
          o.update(c=3, d=4)
          del o["d"]
          o |= {"e": 5}
          o.setdefault("f", 6)
          o.pop("n")
          return [o, o.popitem()[0], "n" in o]
      def others(o): return [type(each).__name__ for each in (o.copy(), copy.copy(o), copy.deepcopy(o), type(o)(), {**o}, o)]
      def equal(o, same): return [o == same, hash(o) == hash(same), o == {**o}, o != {}, str(o), repr(o)[:6]]
    `);
    const make = (): Record<string, unknown> & { n: number } => ({
      n: 1,
      list: [1],
      add(this: { n: number }, by: number) {
        this.n += by;
        return this.n;
      },
      double: (x: number) => x * 2,
      inner: { name: "in", who(this: { name: string }) { return this.name; } }, // prettier-ignore
      text: "x",
    });
    assert.deepEqual(python.toJs(module.facts(make())), [true, ["add", "double", "inner", "list", "n", "text"], 1, [1], '{"n": 1}', 2, null]);
    assert.deepEqual(python.toJs(module.calls(make())), [2, 3, 3, 1, "in", "in", 1, true]);
    const changed = make();
    const [same, last, has] = python.toJs(module.change(changed)) as unknown[];
    assert.equal(same, changed);
    assert.deepEqual([last, has], ["f", false]);
    assert.deepEqual(Object.keys(changed), ["list", "add", "double", "inner", "text", "a", "b", "c", "e"]);
    assert.deepEqual(python.toJs(module.others(make())), ["dict", "dict", "dict", "dict", "dict", "JsDict"]);
    const one = { f: (): number => 1, toString: () => "one" };
    assert.deepEqual(python.toJs(module.equal(one, one)), [true, true, true, true, "one", "{'f': "]);
    // A dict that JavaScript hands to a function of its own, in data, across a thread: it is the object.
    assert.equal(python.eval("lambda o: [o]")(one)[0], one);
    assert.equal(await api.spawnBlocking(python.eval("lambda o: o") as Py, one), one);
    assert.equal(await api.spawnBlocking(python.eval("lambda o: o['f']() + o.f()") as Py, one), 2);
    // Too deep for one pass: the object itself, which has the functions all the same.
    let deep: Record<string, unknown> = { f: (): number => 1 };
    for (let level = 0; level < 1000; level++) deep = { deep, f: (): number => level };
    assert.equal(python.eval("lambda o: o.f()")(deep), 999);
    assert.equal((await caught(() => Object.keys(python.eval("{'then': 1}") as Py))).code, "not-convertible");
    const own = { get: (key: string) => `got ${key}`, f: 1 };
    assert.equal(python.eval("lambda o: o.get('x')")(own), "got x");
  });

  test("handles in data are their objects, and errors and kwargs what they are outside", async () => {
    const module = load(code);
    const list = python.eval("[1]");
    const inside = python.eval("lambda data, list: data['a'][0] is list and data['m'] is list")({ a: [list], m: list }, list);
    assert.equal(inside, true);
    const disposed = python.eval("[2]");
    disposed[Symbol.dispose]();
    assert.equal((await caught(() => module.show([{ disposed }]))).code, "handle-disposed");
    assert.equal((await caught(() => module.show([api.kwargs({ a: 1 })]))).code, "bad-argument");
    const error = await caught(() => python.eval("1 / 0"));
    assert.equal(module.show([error]), "list [ZeroDivisionError('division by zero')]");
  });

  test("shared parts, cycles and depth keep their shape", () => {
    const module = load(code);
    const shared = [1];
    for (const count of [2, 40]) {
      assert.equal(python.eval("lambda items: all(item is items[0] for item in items)")(Array.from({ length: count }, () => shared)), true);
      assert.equal(python.eval("lambda items: all(item['a'] is items[0]['a'] for item in items)")(Array.from({ length: count }, () => ({ a: shared }))), true);
    }
    const ring: unknown[] = [];
    ring.push(ring, { ring });
    assert.equal(python.eval("lambda ring: ring[0] is ring and ring[1]['ring'] is ring")(ring), true);
    const throughTuple: unknown[] = [];
    throughTuple.push(Object.freeze([throughTuple]));
    assert.equal(python.eval("lambda ring: ring[0][0] is ring")(throughTuple), true);
    let deep: unknown = "end";
    for (let level = 0; level < 50_000; level++) deep = level % 2 === 0 ? [deep] : { deep };
    assert.equal(module.depth(deep), 50_000);
    assert.equal(module.show(Array.from({ length: 3 }, () => Object.freeze([]))), "list [(), (), ()]");
  });

  test("what has no place in Python throws, and says what to do", async () => {
    const { show } = load(code);
    const own: unknown[] = [];
    own.push(own);
    for (const value of [
      new Map<unknown, unknown>([[1, 1], [true, 2]]), // prettier-ignore
      new Set([0, false]),
      new Map([[{}, 1]]),
      [new Set([{}])],
      [new Date(Number.NaN)],
      [new Date(8.64e15)],
      Object.freeze(own),
    ]) {
      const error = await caught(() => show(value));
      assert.equal(error.code, "not-convertible", String(error));
    }
    assert.match((await caught(() => show(new Set([{}])))).message, /python\.ref\(\)/);
  });

  test("getters run once, before Python has anything, and may call Python", async () => {
    const { show, call } = load(code);
    let runs = 0;
    const value = {
      get first(): unknown {
        runs++;
        return show({ inner: [1, [2]], more: Array.from({ length: 3000 }, (_, n) => n) });
      },
      second: [1, 2],
    };
    assert.match(show(value), /^dict \{'first': "dict \{'inner': \[1, \[2\]\], .*", 'second': \[1, 2\]\}$/);
    assert.equal(runs, 1);
    const thrown = new RangeError("of a getter");
    const failing = {
      kept: [() => 1],
      get fails(): never {
        throw thrown;
      },
    };
    assert.equal(await caught(() => show([failing])), thrown);
    assert.equal(await caught(() => call(() => failing)), thrown);
  });

  test("data goes by every way that values go", async () => {
    const module = load(code);
    const data = { a: [1] };
    assert.equal(module.named(api.kwargs({ data })), "{'data': {'a': [1]}}");
    assert.equal(module.call(() => data), "dict {'a': [1]}"); // prettier-ignore
    assert.equal(await module.awaits(async () => data), "dict {'a': [1]}");
    assert.equal(await module.awaits(() => later(data)), "dict {'a': [1]}");
    assert.equal(module.yields(function* () { yield data; }), "list [{'a': [1]}]"); // prettier-ignore
    assert.equal(await module.async_yields(api.asyncIterableIntoPy([data, data])), "list [{'a': [1]}, {'a': [1]}]");
    async function* make(): AsyncGenerator<unknown> {
      yield data;
    }
    assert.equal(await module.async_yields(make()), "list [{'a': [1]}]");
    const thing = module.Thing();
    thing.data = data;
    const holder = python.eval("{}");
    python.setItem(holder, "data", data);
    assert.equal(module.show([thing.data, holder]), "list [{'a': [1]}, {'data': {'a': [1]}}]");
    assert.equal(python.eval("sum(rows) + len(names)", { rows: [1, 2], names: { a: 1 } }), 4);
  });

  test("python.ref hands over the value itself, as a sequence or a mapping", () => {
    const module = load(`
      import collections.abc, interloop, sys
      def kinds(value):
          return [isinstance(value, kind) for kind in (interloop.JsArray, interloop.JsMapping, collections.abc.MutableSequence, collections.abc.MutableMapping)]
      def sequence(items):
          items.append(4)
          items.insert(0, 0)
          facts = [items[1:3], items[-1], list(reversed(items)), items.index(2), items.count(1), 3 in items, items.pop(0), items.pop()]
          return repr(facts)
      def mapping(o):
          o["c"] = 3
          facts = [dict(o), {**o}, list(o.keys()), sorted(o.items()), o.get("a"), o.get("zz", 9), "a" in o, len(o), o.setdefault("d", 4), o.pop("c"), sum(o.values())]
          return repr(facts)
      def live(o):
          o.list.append({"py": 1})
          o["inner"]["x"] = 1
          for item in o.rows: item["seen"] = True
      def options(**names): return repr(names)
      def spread(o): return options(**o)
    `);
    assert.deepEqual(python.toJs(module.kinds(python.ref([]))), [true, false, true, false]);
    for (const value of [python.ref({}), python.ref(new Map())]) assert.deepEqual(python.toJs(module.kinds(value)), [false, true, false, true]);
    assert.deepEqual(python.toJs(module.kinds(new (class {})())), [false, false, false, false]);
    const array = [1, 2, 3];
    assert.equal(module.sequence(python.ref(array)), "[[1, 2], 4, [4, 3, 2, 1, 0], 2, 1, True, 0, 4]");
    assert.deepEqual(array, [1, 2, 3]);
    const seen = "[{'a': 1, 'b': 2, 'c': 3}, {'a': 1, 'b': 2, 'c': 3}, ['a', 'b', 'c'], [('a', 1), ('b', 2), ('c', 3)], 1, 9, True, 3, 4, 3, 7]";
    assert.equal(module.mapping(python.ref({ a: 1, b: 2 })), seen);
    assert.equal(module.mapping(python.ref(new Map([["a", 1], ["b", 2]]))), seen); // prettier-ignore
    assert.equal(module.spread(python.ref({ a: 1 })), "{'a': 1}");
    const state = { list: [] as Py[], inner: {}, rows: [{}, {}] };
    module.live(python.ref(state));
    assert.deepEqual([state.list.length, state.inner, state.rows], [1, { x: 1 }, [{ seen: true }, { seen: true }]]);
    const through = python.eval("lambda value: value");
    assert.equal(through(python.ref(state)), state);
    assert.equal(python.getItem(through([python.ref(state)]), 0), state);
    assert.equal(python.toPy(python.ref(state)), state);
    const nested = python.eval("[]");
    nested.append(python.ref(array));
    assert.equal(python.getItem(nested, 0), array);
  });

  test("own properties come before the methods of mappings", () => {
    const { look } = load("def look(o): return [o.items, o.get('x'), list(o.keys())]");
    const value = { items: 5, get: (name: string) => `got ${name}` };
    assert.deepEqual(python.toJs(look(value)), [5, "got x", ["items", "get"]]);
  });

  test("much data of many shapes", () => {
    const { same } = load("def same(value): return value");
    const rows = Array.from({ length: 2000 }, (_, id) => ({
      id,
      [`k${id % 7}`]: id / 3,
      name: `name ${id}`,
      tags: id % 3 === 0 ? [] : ["a", id, null],
      nested: { deep: { [id]: [id, -id, { id }] }, none: null },
    }));
    assert.deepEqual(python.toJs(same(rows)), rows);
    assert.deepEqual(python.toJs(python.toPy(rows)), rows);
    assert.equal(python.eval("sum")(Array.from({ length: 100_000 }, (_, n) => n)), 4999950000);
  });
};
