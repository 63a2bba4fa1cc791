/** What a JS program writes where Python has keyword arguments, constructors and operators. */
import assert from "node:assert/strict";
import { caught } from "../py.ts";
import type { Topic } from "../suite.ts";

export const keywords: Topic = ({ api, load, test }) => {
  const { kwargs, python } = api;

  test("a plain object where keyword arguments are wanted is an error that says so", async () => {
    const module = load(`
      def one(a): return a
      def named(a, *, b): return (a, b)
      def inner(a): return len(5)
      class Thing:
          def __init__(self, *, size): self.size = size
    `);
    const wrong: readonly (() => unknown)[] = [
      () => module.one(1, { b: 2 }),
      () => module.named({ b: 2 }),
      () => module.Thing({ size: 1 }),
      () => python.import("json").dumps([], { indent: 2 }),
      () => python.builtins.open("/tmp/none", { mode: "w" }),
      () => python.builtins.sorted([1], { reverse: true }),
    ];
    for (const call of wrong) {
      const error = await caught(call);
      assert.equal(error.name, "TypeError", String(call));
      assert.match(error.message, /the last argument is a plain object.*kwargs\(\{ \w+ \}\)$/);
    }
    // Nothing of the kind: the message is Python's.
    for (const call of [() => module.inner({ a: 1 }), () => module.one(1, [2]), () => module.named(1, kwargs({ c: 1 })), () => module.one(1, new Date())]) {
      assert.doesNotMatch((await caught(call)).message, /kwargs/);
    }
    assert.equal(module.one({ b: 2 }).b ?? python.getItem(module.one({ b: 2 }), "b"), 2);
  });

  test("what JSON cannot say of a reference names the remedy", async () => {
    for (const value of [python.ref({ a: 1 }), [python.ref([1])], { a: new (class {})() }]) {
      assert.match((await caught(() => python.import("json").dumps(value))).message, /python\.toPy\(\)/);
    }
    // Of functions it says what it says of Python's.
    assert.match((await caught(() => python.import("json").dumps({ a: { method() {} } }))).message, /type function is not JSON serializable/);
  });

  test("new makes an instance of a Python class", async () => {
    const module = load(`
      class Point:
          def __init__(self, x, y=0, **more): self.x, self.y, self.more = x, y, more
    `);
    const point = new module.Point(1, kwargs({ y: 2, z: 3 }));
    assert.deepEqual([point.x, point.y, python.repr(point.more)], [1, 2, "{'z': 3}"]);
    assert.equal(python.isInstance(point, module.Point), true);
    assert.equal(python.repr(new (python.import("fractions").Fraction)(1, 2)), "Fraction(1, 2)");
    assert.equal(python.repr(Reflect.construct(python.builtins.list, [[1]])), "[1]");
    assert.equal((await caught(() => new python.builtins.int("3"))).code, "bad-argument");
    assert.ok((await caught(() => new (python.import("json").dumps)(1))) instanceof TypeError);
    assert.equal((await caught(() => new module.Point())).name, "TypeError");
    assert.deepEqual(Object.keys(Object.getOwnPropertyDescriptors(module.Point)).includes("prototype"), false);
  });

  test("python.expr evaluates with variables", async () => {
    const a = python.import("numpy").array([1, 2, 3]);
    assert.equal(`${python.expr("a[a > limit] * 2", { a, limit: 1 })}`, "[4 6]");
    assert.equal(python.expr("x + y", { x: 1, y: 2 }), 3);
    assert.equal(python.expr("x + y", { x: "a", y: "b" }), "ab");
    assert.equal(python.repr(python.expr("[x * n for x in xs]  # a comment", { n: 2, xs: [1, 2] })), "[2, 4]");
    assert.equal(python.expr("(lambda: n)()", { n: 5 }), 5);
    assert.equal(python.expr("1 + 1"), 2);
    assert.equal(await python.expr("asyncio.sleep(0, 'slept')", { asyncio: python.import("asyncio") }), "slept");
    assert.equal((await caught(() => python.expr("1) + (2"))).name, "SyntaxError");
    assert.equal((await caught(() => python.expr("1 +"))).name, "SyntaxError");
    for (const name of ["a-b", "a b", "class", "1", ""]) assert.equal((await caught(() => python.expr("1", { [name]: 1 }))).code, "bad-argument", name);
    assert.equal((await caught(() => python.expr("x / y", { x: 1, y: 0 }))).name, "ZeroDivisionError");
  });
};
