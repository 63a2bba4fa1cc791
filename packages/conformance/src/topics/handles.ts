/** PyObject handles: only Python's attributes, release, identity, and the rule for `then`. */
import assert from "node:assert/strict";
import { caught, turn, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const handles: Topic = ({ api, test, load, settle }) => {
  const { python } = api;

  test("a handle has Python's attributes and none of ours", () => {
    const module = load(`
      class Thing:
          call = "call"
          then_ = 1
          toString = "attribute"
          constructor = "mine"
          apply = "applied"
          length = 5
      thing = Thing()
      def function():
          pass
      function.name = "set"
      function.call = "on a function"
    `);
    const { thing } = module;
    assert.equal(thing.call, "call");
    assert.equal(thing.toString, "attribute");
    assert.equal(thing.constructor, "mine");
    assert.equal(thing.apply, "applied");
    assert.equal(thing.length, 5);
    assert.equal(thing.missing, undefined);
    assert.equal(module.function.name, "set");
    assert.equal(module.function.call, "on a function");
    assert.equal(module.function.bind, Function.prototype.bind);
    assert.equal(module.function.prototype, undefined);
    assert.equal(typeof module.function, "function");
    assert.equal(typeof thing, "object");
  });

  test("an awaitable has catch and finally, also when it was awaited, and Python's attributes of these names come first", async () => {
    const module = load(`
      import asyncio
      async def work(value):
          await asyncio.sleep(0)
          return value
      async def fail():
          raise KeyError("k")
      class Caught:
          catch = "of Python"
          def __await__(self):
              return work(1).__await__()
      def caught():
          return Caught()
    `);
    const order: unknown[] = [];
    assert.equal(await module.work("a").finally(() => order.push("finally")), "a");
    assert.equal(await module.fail().catch((error: Error) => error.name), "KeyError");
    assert.equal(await module.fail().then(undefined, () => "then"), "then");
    const coroutine = module.work("b");
    assert.equal(await coroutine, "b");
    assert.equal(await coroutine.catch(() => order.push("catch")), "b");
    assert.deepEqual(order, ["finally"]);
    assert.ok("catch" in coroutine && "finally" in coroutine && !("catch" in module));
    assert.equal(module.caught().catch, "of Python");
    assert.equal(python.eval("[]").catch, undefined);
    const disposed = module.work("c");
    disposed[Symbol.dispose]();
    assert.equal(await disposed.catch((error: { code: string }) => error.code), "handle-disposed");
  });

  test("a missing module names the interpreter that looked for it", () => {
    assert.throws(
      () => python.import("il_no_such_module"),
      (error: Error) => error.message.includes(`(in the Python "${python.import("sys").executable as string}")`),
    );
  });

  test("attributes are set, deleted, listed and tested as in Python", () => {
    const module = load(`
      class Thing:
          pass
      thing = Thing()
      def value():
          return getattr(thing, "x", "absent")
    `);
    const { thing } = module;
    assert.equal("x" in thing, false);
    thing.x = 3;
    assert.equal(module.value(), 3);
    assert.equal("x" in thing, true);
    assert.ok(Object.keys(thing).includes("x") || Reflect.ownKeys(thing).includes("x"));
    delete thing.x;
    assert.equal(module.value(), "absent");
    python.setAttr(thing, "y", "Y");
    assert.equal(python.getAttr(thing, "y"), "Y");
  });

  test("an attribute that cannot be set raises Python's error", async () => {
    const error = await caught(() => {
      (python.eval("object()") as Py).x = 1;
    });
    assert.ok(error instanceof api.PyError);
    assert.equal(error.name, "AttributeError");
  });

  test("a property that raises something else than AttributeError says so", async () => {
    const { thing } = load(`
      class Thing:
          @property
          def broken(self):
              raise ValueError("property")
      thing = Thing()
    `);
    const error = await caught(() => thing.broken);
    assert.equal(error.name, "ValueError");
  });

  test("python.getAttr raises where a handle answers undefined", async () => {
    const error = await caught(() => python.getAttr(python.eval("object()") as Py, "missing"));
    assert.ok(error instanceof api.PyError);
    assert.equal(error.name, "AttributeError");
  });

  test("the explicit operations", () => {
    const module = load(`
      items = {"key": [1, 2, 3]}
      class Thing:
          def __repr__(self):
              return "<thing>"
          def __eq__(self, other):
              return True
      one, two = Thing(), Thing()
    `);
    assert.equal(python.getItem(python.getItem(module.items, "key") as Py, 1), 2);
    assert.equal(python.len(module.items), 1);
    assert.equal(python.is(module.one, module.one), true);
    assert.equal(python.is(module.one, module.two), false);
    assert.equal(python.equals(module.one, module.two), true);
    assert.equal(python.repr(module.one), "<thing>");
    assert.equal(python.isInstance(module.one, module.Thing), true);
    assert.equal(python.isInstance(module.one, python.builtins.dict), false);
    assert.equal(python.call(python.builtins.len, module.items), 1);
  });

  test("an iterable is iterated and a sequence spreads", () => {
    const module = load(`
      def count():
          yield 1
          yield 2
    `);
    assert.deepEqual([...(python.eval("[1, 'two', None]") as Py)], [1, "two", null]);
    assert.deepEqual([...module.count()], [1, 2]);
    const [first] = module.count();
    assert.equal(first, 1);
  });

  test("two handles of one object are two JS objects for one Python object", () => {
    const module = load("thing = object()\ndef same(value): return value is thing");
    const { thing: one } = module;
    const { thing: two } = module;
    assert.notEqual(one, two);
    assert.equal(python.is(one, two), true);
    assert.equal(module.same(one) && module.same(two), true);
  });

  test("a handle that was given to Python comes back as an object of the same identity there", () => {
    const module = load("thing = object()\ndef back(value): return value");
    const { thing } = module;
    assert.equal(python.is(module.back(thing), thing), true);
  });

  test("Symbol.dispose releases the handle and later use is an error", async () => {
    const module = load(`
      import weakref
      class Thing:
          x = 1
      def make():
          global ref
          thing = Thing()
          ref = weakref.ref(thing)
          return thing
      def alive():
          return ref() is not None
    `);
    const thing = module.make();
    assert.equal(thing.x, 1);
    assert.equal(module.alive(), true);
    thing[Symbol.dispose]();
    assert.equal(module.alive(), false);
    for (const use of [() => thing.x, () => (thing.x = 2), () => python.repr(thing), () => module.alive(thing), () => python.toJs(thing)]) {
      const error = await caught(use);
      assert.ok(error instanceof api.InterloopError, String(error));
      assert.equal(error.code, "handle-disposed");
    }
    thing[Symbol.dispose]();
  });

  test("disposing one handle leaves another of the same object", () => {
    const module = load("thing = [1, 2]");
    const { thing: one } = module;
    const { thing: two } = module;
    one[Symbol.dispose]();
    assert.equal(python.len(two), 2);
  });

  test(
    "garbage collection releases a handle",
    async () => {
      const module = load(`
        import weakref
        class Thing:
            pass
        def make():
            global ref
            thing = Thing()
            ref = weakref.ref(thing)
            return thing
        def alive():
            return ref() is not None
      `);
      (() => void module.make())();
      for (let round = 0; round < 50 && module.alive(); round++) await settle();
      assert.equal(module.alive(), false);
    },
    { needs: "collectGarbage" },
  );

  test("only what a call returned and is awaitable is a promise to JS", async () => {
    const module = load(`
      import asyncio
      async def coroutine():
          return 1
      kept = []
      def keep():
          kept.append(coroutine())
      class Fake:
          then = "an attribute"
      fake = Fake()
      def get_fake():
          return fake
    `);
    const awaitable = module.coroutine();
    assert.equal(typeof awaitable.then, "function");
    assert.equal(await awaitable, 1);
    module.keep();
    const stored = module.kept[0];
    assert.equal(stored.then, undefined);
    assert.equal(await api.intoPromise(stored), 1);
    module.keep();
    const [, iterated] = module.kept;
    assert.equal(await iterated, 1);
    module.kept.clear();
    // What is no function makes nothing a promise.
    assert.equal(module.fake.then, "an attribute");
    assert.equal(python.is(await module.get_fake(), module.fake), true);
    assert.equal(module.coroutine.then, undefined);
    assert.equal(module.then, undefined);
  });

  test("the coroutines that asyncio.as_completed iterates over can be awaited", async () => {
    const asyncio = python.import("asyncio");
    const seen: unknown[] = [];
    await python.import("asyncio").sleep(0);
    for (const next of asyncio.as_completed(python.toPy([asyncio.sleep(0.01, "late"), asyncio.sleep(0, "early")]))) seen.push(await next);
    assert.deepEqual(seen, ["early", "late"]);
  });

  test("`then` is memoised: many awaits, one Task", async () => {
    const module = load(`
      runs = 0
      async def count():
          global runs
          runs += 1
          return runs
      def total():
          return runs
    `);
    const awaitable = module.count();
    assert.equal(module.total(), 0);
    assert.deepEqual(await Promise.all([awaitable, awaitable, awaitable.then((value: number) => value)]), [1, 1, 1]);
    assert.equal(await awaitable, 1);
    assert.equal(module.total(), 1);
  });

  test("a value delivered by a promise never has `then`, even an awaitable that returns itself", async () => {
    const module = load(`
      class Pool:
          name = "pool"
          def __await__(self):
              return self
              yield
      async def make():
          return Pool()
      def connect():
          return Pool()
    `);
    const pool = await module.make();
    assert.equal(pool.name, "pool");
    assert.equal(pool.then, undefined);
    const own = await module.connect();
    assert.equal(own.name, "pool");
    assert.equal(own.then, undefined);
    const again = await api.intoPromise(own);
    assert.equal(python.is(again, own), true);
  });

  test("a coroutine that nobody awaits does not start", async () => {
    const module = load(`
      import warnings
      started = []
      async def never():
          started.append(1)
      def make_and_close(coroutine):
          coroutine.close()
    `);
    const coroutine = module.never();
    await turn();
    await turn();
    assert.equal(python.len(module.started), 0);
    module.make_and_close(coroutine);
  });

  test("a handle shows itself to String and in templates as Python's str", () => {
    const { thing } = load(`
      class Thing:
          def __str__(self):
              return "a thing"
          def __repr__(self):
              return "<thing>"
      thing = Thing()
    `);
    assert.equal(`${thing}`, "a thing");
    assert.equal(python.repr(thing), "<thing>");
  });

  test("a handle as the key of a Map and in JSON does no harm", () => {
    const { thing } = load("class Thing: pass\nthing = Thing()");
    const map = new Map([[thing, 1]]);
    assert.equal(map.get(thing), 1);
    assert.doesNotThrow(() => Object.prototype.toString.call(thing));
  });
};
