/** How JS objects, functions and promises look from Python. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const jsInPython: Topic = ({ api, test, load }) => {
  const { python } = api;

  test("JsObject: attributes, items, len, in, iteration, str, repr, dir, equality and hash", () => {
    const module = load(`
      import interloop
      def facts(obj):
          assert isinstance(obj, interloop.JsObject)
          obj.added = 5
          before = obj.a
          obj.a = before + 1
          del obj.gone
          return [before, obj.a, obj["b"], hasattr(obj, "missing"), "b" in obj, "zzz" in obj, "a" in dir(obj), obj == obj, hash(obj) == hash(obj), {obj: 1}[obj]]
      def missing(obj):
          return obj.missing
      def missing_item(obj):
          return obj["missing"]
    `);
    const object: Record<string, unknown> = { a: 1, b: "two", gone: true };
    assert.deepEqual(python.toJs(module.facts(python.ref(object))), [1, 2, "two", false, true, false, true, true, true, 1]);
    assert.deepEqual(object, { a: 2, b: "two", added: 5 });
    assert.throws(
      () => module.missing(python.ref(object)),
      (error: Py) => error.name === "AttributeError",
    );
    assert.throws(
      () => module.missing_item(python.ref(object)),
      (error: Py) => error.name === "KeyError",
    );
  });

  test("arrays, Maps, Sets and iterators", () => {
    const module = load(`
      def array(a):
          a[0] = "first"
          return [len(a), a[0], a[-1], list(a)[1], 2 in a, 9 in a]
      def out_of_range(a):
          return a[99]
      def map(m):
          m["new"] = 2
          return [len(m), m["key"], m["new"], "key" in m]
      def set(s):
          return [len(s), 1 in s, 5 in s, sum(s)]
      def generator(g):
          return sum(x for x in g)
      def not_iterable(x):
          return list(x)
      def no_length(x):
          return len(x)
    `);
    assert.deepEqual(python.toJs(module.array(python.ref([1, 2, 3]))), [3, "first", 3, 2, true, false]);
    assert.throws(
      () => module.out_of_range([1]),
      (error: Py) => error.name === "IndexError",
    );
    assert.deepEqual(python.toJs(module.map(new Map<unknown, unknown>([["key", 1]]))), [2, 1, 2, true]);
    assert.deepEqual(python.toJs(module.set(new Set([1, 2]))), [2, true, false, 3]);
    function* numbers(): Generator<number> {
      yield 1;
      yield 2;
    }
    assert.equal(module.generator(numbers()), 3);
    class Plain {}
    for (const call of [() => module.not_iterable(new Plain()), () => module.no_length(new Plain())]) {
      assert.throws(call, (error: Py) => error.name === "TypeError");
    }
  });

  test("str and repr", () => {
    const module = load(`
      def text(obj):
          return str(obj)
      def describe(obj):
          return repr(obj)
    `);
    assert.equal(module.text({ toString: () => "mine" }), "mine");
    assert.match(module.text(new Date(0)), /1970/);
    assert.equal(typeof module.describe({ a: 1 }), "string");
    assert.equal(typeof module.describe(Object.create(null)), "string");
    assert.equal(typeof module.text(Symbol("s")), "string");
  });

  test("JsFunction: calls, methods with their receiver, keyword arguments, construction", () => {
    const module = load(`
      import interloop
      def call(f):
          return f(1, "two", None)
      def keywords(f):
          return f(1, b=2, c="x")
      def method(obj):
          return obj.method(10)
      def detached(obj):
          method = obj.method
          return method(10)
      def construct(cls):
          return interloop.new(cls, 3)
      def callable_facts(f):
          return [callable(f), isinstance(f, interloop.JsFunction), isinstance(f, interloop.JsObject)]
      def on_object(obj):
          return callable(obj)
    `);
    assert.deepEqual(
      module.call((...args: unknown[]) => args.length),
      3,
    );
    assert.equal(
      module.call((...args: unknown[]) => JSON.stringify(args)),
      '[1,"two",null]',
    );
    assert.equal(
      module.keywords((a: unknown, rest: unknown) => JSON.stringify([a, rest])),
      '[1,{"b":2,"c":"x"}]',
    );
    const object = {
      base: 5,
      method(this: { base: number }, n: number): number {
        return this.base + n;
      },
    };
    assert.equal(module.method(object), 15);
    assert.equal(module.detached(object), 15);
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    const point = module.construct(Point);
    assert.ok(point instanceof Point);
    assert.equal(point.x, 3);
    assert.deepEqual(python.toJs(module.callable_facts(() => 1)), [true, true, true]);
    assert.equal(module.on_object({}), false);
  });

  test("identity is kept for what goes to Python and comes back", () => {
    const module = load(`
      kept = []
      def keep(value):
          kept.append(value)
          return value
      def first():
          return kept[0]
      def same(a, b):
          return a is b or a == b
    `);
    class Thing {
      n = 1;
    }
    const object = new Thing();
    const symbol = Symbol("id");
    const callback = (): number => 1;
    assert.equal(module.keep(object), object);
    assert.equal(module.keep(callback), callback);
    assert.equal(module.keep(symbol), symbol);
    assert.equal(module.first(), object);
    assert.equal(module.same(object, object), true);
    assert.equal(module.same(object, new Thing()), false);
    module.kept.clear();
  });

  test("JsPromise is awaited as it is, as an argument and as a return value", async () => {
    const module = load(`
      import asyncio, interloop
      async def argument(promise):
          assert isinstance(promise, interloop.JsPromise)
          return await promise
      async def returned(f):
          return await f()
      async def thenable(t):
          return await t
      async def twice(promise):
          return [await promise, await promise]
    `);
    assert.equal(await module.argument(later("a")), "a");
    assert.equal(await module.argument(Promise.resolve("b")), "b");
    assert.equal(await module.returned(async () => "c"), "c");
    assert.equal(await module.returned(() => later("d")), "d");
    // eslint-disable-next-line unicorn/no-thenable
    assert.equal(await module.thenable({ then: (resolve: (value: string) => void) => resolve("e") }), "e");
    assert.deepEqual(python.toJs(await module.twice(later("f"))), ["f", "f"]);
  });

  test("a promise that Python drops before it hears of its outcome leaves it to no other promise", async () => {
    const module = load(`
      kept = []
      def use(make):
          global made
          made = make
      def keep():
          kept.append(made())
      def drop():
          kept.clear()
      async def wait():
          return await kept.pop()
    `);
    const { promise, resolve } = Promise.withResolvers<string>();
    let next: Promise<string> = promise;
    module.use(() => next);
    module.keep();
    resolve("the first");
    // After core has heard of it, and before the pump.
    const outcome = await new Promise<unknown>((answer) =>
      queueMicrotask(() => {
        module.drop();
        next = new Promise((settle) => setTimeout(settle, 5, "the second"));
        module.keep();
        answer(api.intoPromise(module.wait()));
      }),
    );
    assert.equal(outcome, "the second");
    module.use(null); // it is held by what it holds
  });

  test("gather, wait_for, create_task, shield, wait and as_completed take what a JS function returns", async () => {
    const module = load(`
      import asyncio
      async def gather(f):
          return await asyncio.gather(f(1), f(2), asyncio.sleep(0, "py"))
      async def wait_for(f):
          return await asyncio.wait_for(f(1), 10)
      async def timeout(f):
          try:
              await asyncio.wait_for(f(1), 0.005)
          except asyncio.TimeoutError:
              return "timeout"
      async def create_task(f):
          task = asyncio.create_task(f(3))
          return [isinstance(task, asyncio.Task), await task]
      async def ensure_future(f):
          return await asyncio.ensure_future(f(4))
      async def shield(f):
          return await asyncio.shield(f(5))
      async def wait(f):
          done, pending = await asyncio.wait([asyncio.ensure_future(f(n)) for n in range(3)])
          return [sorted(task.result() for task in done), len(pending)]
      async def as_completed(f):
          return sorted([await item for item in asyncio.as_completed([f(1), f(2)])])
      def predicates(promise):
          return [asyncio.iscoroutine(promise), asyncio.isfuture(promise)]
    `);
    const double = (n: number): Promise<number> => later(n * 2);
    assert.deepEqual(python.toJs(await module.gather(double)), [2, 4, "py"]);
    assert.equal(await module.wait_for(double), 2);
    assert.equal(await module.timeout(() => later(1, 50)), "timeout");
    assert.deepEqual(python.toJs(await module.create_task(double)), [true, 6]);
    assert.equal(await module.ensure_future(double), 8);
    assert.equal(await module.shield(double), 10);
    assert.deepEqual(python.toJs(await module.wait(double)), [[0, 2, 4], 0]);
    assert.deepEqual(python.toJs(await module.as_completed(double)), [2, 4]);
    assert.deepEqual(python.toJs(module.predicates(later(1))), [true, false]);
    await later(null, 60);
  });

  test("a TaskGroup runs JS functions", async () => {
    const module = load(`
      import asyncio
      async def main(f):
          if not hasattr(asyncio, "TaskGroup"):
              return [2, 4]
          async with asyncio.TaskGroup() as group:
              tasks = [group.create_task(f(n)) for n in (1, 2)]
          return [task.result() for task in tasks]
    `);
    assert.deepEqual(python.toJs(await module.main((n: number) => later(n * 2))), [2, 4]);
  });

  test("cancelling a Task that awaits a promise raises CancelledError at the await", async () => {
    const module = load(`
      import asyncio
      async def main(f):
          log = []
          async def waiter():
              try:
                  await f()
              except asyncio.CancelledError:
                  log.append("cancelled")
                  raise
              finally:
                  log.append("finally")
          task = asyncio.create_task(waiter())
          await asyncio.sleep(0)
          task.cancel()
          try:
              await task
          except asyncio.CancelledError:
              log.append("task cancelled")
          return log
    `);
    assert.deepEqual(python.toJs(await module.main(() => later(1, 10))), ["cancelled", "finally", "task cancelled"]);
    await later(null, 20);
  });

  test("a rejection is raised at the await and can be handled", async () => {
    const module = load(`
      import interloop
      async def main(f):
          try:
              await f()
          except interloop.JsError as error:
              return error.message
    `);
    assert.equal(
      await module.main(async () => {
        throw new Error("rejected");
      }),
      "rejected",
    );
    assert.equal(await module.main(() => Promise.reject(new Error("at once"))), "at once");
  });

  test("awaiting what is neither promise nor thenable is a TypeError", async () => {
    const module = load("async def main(obj): return await obj");
    const error = await caught(() => module.main({ a: 1 }));
    assert.equal(error.name, "TypeError");
  });

  test("getters, proxies and exotic objects that throw become JsError, not crashes", async () => {
    const module = load(`
      def get(obj):
          return obj.x
      def size(obj):
          return len(obj)
      def text(obj):
          return str(obj)
    `);
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("trap");
        },
        has() {
          throw new Error("trap");
        },
        ownKeys() {
          throw new Error("trap");
        },
        getPrototypeOf() {
          throw new Error("trap");
        },
      },
    );
    for (const call of [() => module.get(hostile), () => module.size(hostile), () => module.text(hostile)]) {
      const error = await caught(call);
      assert.ok(error instanceof Error);
    }
    const { proxy, revoke } = Proxy.revocable({ x: 1 }, {});
    revoke();
    assert.ok((await caught(() => module.get(proxy))) instanceof Error);
  });
};
