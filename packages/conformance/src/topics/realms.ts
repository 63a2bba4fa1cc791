/** Objects of another realm: a vm context has classes of its own, of which `instanceof` here knows nothing. Python sees no difference. */
import assert from "node:assert/strict";
import { createContext, runInContext, runInThisContext } from "node:vm";
import type { PyObject } from "@interloop/core";
import type { Topic } from "../suite.ts";

const containers = ["({ a: 1, b: [2] })", "[1, [2]]", "new Map([[1, 2]])", "new Set([1])", "new Date(5)", "Object.create(null)"];
const memory = ["Uint8Array", "Uint8ClampedArray", "Int16Array", "BigInt64Array", "Float64Array"].map((name) => `new ${name}(2)`);
const others = ["new ArrayBuffer(4)", "new DataView(new ArrayBuffer(4))", "new SharedArrayBuffer(4)", "Promise.resolve(1)", "new (class A {})()", "/x/"];
const functions = ["() => 1", "async () => 1", "function* () { yield 1; }", "async function* () { yield 1; }", "class A {}"].map((text) => `(${text})`);
const errors = ["new Error('x')", "new RangeError('x', { cause: new TypeError('y') })", "new AggregateError([new TypeError('y')], 'x')"];

export const realms: Topic = ({ api, test, load }) => {
  const { isPyError, python } = api;
  const there = createContext({ python });
  const inRealm = (code: string): unknown => runInContext(code, there);
  const inOurs = (code: string): unknown => runInThisContext(code);
  const exported = inRealm("({ twice: (x) => 2 * x, Fault: class Fault extends Error {} })") as Record<string, unknown>;
  const look = (): PyObject =>
    load(`
      import inspect
      def look(x):
          try:
              sized = len(x)
          except TypeError as error:
              sized = str(error)
          return [type(x).__name__, repr(x).split(" at 0x")[0], callable(x), inspect.iscoroutinefunction(x), sized, isinstance(x, (dict, list, set))]
    `);

  test("is to Python what one of ours is, as it is, by reference and with toPy", () => {
    const { look: see } = look() as unknown as { look: (value: unknown) => PyObject };
    const forms: ((value: unknown) => unknown)[] = [(value) => value, (value) => python.ref(value), (value) => python.toPy(value, { error: "exception" })];
    for (const code of [...containers, ...memory, ...others, ...functions, ...errors]) {
      for (const form of forms) assert.deepEqual(python.toJs(see(form(inRealm(code)))), python.toJs(see(form(inOurs(code)))), code);
    }
  });

  test("operations of Python on what it has by reference", () => {
    const { work } = load(`
      def work(a_map, a_set, record, numbers):
          a_map["k"] = 2
          record["x"] = 3
          return [sorted(a_map), a_map.get("none"), 1 in a_set, list(record), record.get("y"), numbers[-1], [n for n in numbers]]
    `);
    const values = ["new Map([['j', 1]])", "new Set([1])", "({ a: 1 })", "new Float64Array([1, 2])"];
    const run = (make: (code: string) => unknown): unknown => python.toJs(work(...values.map((code) => python.ref(make(code)))));
    assert.deepEqual(run(inRealm), run(inOurs));
  });

  test("errors that are thrown there are JsErrors with their causes and members, and come back as they are", async () => {
    const module = load(`
      def catch(f):
          try:
              f()
          except BaseException as error:
              members = [str(each) for each in getattr(error, "exceptions", ())]
              return [type(error).__name__, str(error), str(error.__cause__), members]
      async def wait(f):
          return await f()
    `);
    for (const code of errors)
      assert.deepEqual(python.toJs(module.catch(inRealm(`() => { throw ${code}; }`))), python.toJs(module.catch(inOurs(`() => { throw ${code}; }`))), code);
    const error: unknown = inRealm("globalThis.mine = new RangeError('x')");
    assert.throws(
      () => python.eval("lambda f: f()")(inRealm("() => { throw mine; }")),
      (thrown) => thrown === error,
    );
    await assert.rejects(
      async () => module.wait(inRealm("async () => { throw mine; }")),
      (thrown) => thrown === error,
    );
    const mine = inRealm("(f) => { try { f(); } catch (error) { return error; } }") as (f: () => void) => unknown;
    assert.ok(isPyError(mine(() => python.eval("1 / 0"))));
  });

  test("promises and async functions are awaited, generators iterated, and python called from there", async () => {
    const module = load(`
      async def wait(f):
          return await f()
      async def add(values):
          return sum([each async for each in values()])
    `);
    assert.equal(await module.wait(inRealm("async () => 1")), 1);
    assert.equal(await module.wait(inRealm("() => Promise.resolve(2)")), 2);
    assert.equal(await module.add(inRealm("(async function* () { yield 1; yield 2; })")), 3);
    assert.equal(inRealm("python.eval('lambda *values: sum(values)')(1, 2)"), 3);
    assert.equal(await (inRealm("(async () => python.import('asyncio').sleep(0.001, 4))()") as Promise<unknown>), 4);
  });

  test("scopes and modules find handles and exports in containers of there", () => {
    const kept = python.scope(() => runInContext("new Map([[1, python.eval('[5]')]])", there) as Map<number, PyObject>);
    assert.equal(kept.get(1)?.[0], 5);
    api.pymodule("of_another_realm", exported);
    const module = load(`
      import of_another_realm
      def use():
          return [of_another_realm.twice(4), issubclass(of_another_realm.Fault, Exception)]
    `);
    assert.deepEqual(python.toJs(module.use()), [8, true]);
  });
};
