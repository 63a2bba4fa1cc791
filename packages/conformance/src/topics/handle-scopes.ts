/** python.scope: handles that end with the function that made them. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const handleScopes: Topic = ({ api, test, load, settle, collectPython }) => {
  const { intoAsyncIterable, python, scope, TaskLocals, getCurrentLoop } = api;
  const isOpen = (handle: Py): boolean => {
    try {
      python.repr(handle);
      return true;
    } catch (error) {
      assert.equal((error as { code?: string }).code, "handle-disposed");
      return false;
    }
  };

  test("what a function makes is released, what it returns is not", () => {
    const made: Py[] = [];
    const make = (text: string): Py => {
      const handle = python.eval(text);
      made.push(handle);
      return handle;
    };
    const outside = python.eval("[0]");
    const result = python.scope(() => {
      make("[1]");
      const nested = make("[2]");
      make("[3]");
      outside.append(4);
      return { nested: [nested], map: new Map([["k", make("[4]")]]), set: new Set([make("[5]")]) };
    });
    assert.deepEqual(made.map(isOpen), [false, true, false, true, true]);
    assert.equal(python.repr(result.nested[0]), "[2]");
    assert.equal(python.repr(outside), "[0, 4]");
    assert.equal(
      python.scope(() => 5),
      5,
    );
    const error = (() => {
      try {
        return made[0].x as unknown;
      } catch (thrown) {
        return thrown;
      }
    })() as Py;
    assert.match(error.message, /python\.scope\(\) ended/);
  });

  test("a function may return, and keep, arrays, objects, Maps and Sets of any size, and all other handles are released", () => {
    const size = 300_000;
    const numbers = Array.from({ length: size }, (_, index) => index);
    const kept: Py[] = [];
    const released: Py[] = [];
    const results = [
      (last: Py) => [...numbers, last],
      (last: Py) => new Set([...numbers, last]),
      (last: Py) => new Map<unknown, unknown>([...numbers.map((number) => [number, number] as const), ["last", last]]),
      (last: Py) => Object.fromEntries([...numbers.map((number) => [`k${number}`, number] as const), ["last", last]]),
    ];
    for (const make of results) {
      for (const keeps of [true, false]) {
        python.scope((keep) => {
          const last = python.eval("[1]") as Py;
          released.push(python.eval("[2]"));
          kept.push(last);
          const result = make(last);
          return keeps ? (keep(result), undefined) : result;
        });
      }
    }
    assert.deepEqual(kept.map(isOpen), Array(kept.length).fill(true));
    assert.deepEqual(released.map(isOpen), Array(released.length).fill(false));
  });

  test("Python hears of it", async () => {
    const module = load(`
      import weakref
      class Thing: pass
      alive = weakref.WeakSet()
      def make():
          thing = Thing()
          alive.add(thing)
          return thing
      def count(): return len(alive)
    `);
    python.scope(() => {
      for (let index = 0; index < 10; index++) module.make();
      assert.equal(module.count(), 10);
    });
    collectPython();
    assert.equal(module.count(), 0);
  });

  test("keep, nested scopes, and who takes over", () => {
    let kept: Py;
    let inner: Py;
    let passed: Py;
    let escaped: Py;
    const result = python.scope((keep) => {
      passed = python.scope((keepInner) => {
        inner = python.eval("[1]");
        escaped = keepInner(python.eval("[2]"));
        assert.deepEqual(keepInner({ a: inner }).a === inner, true);
        return python.eval("[3]");
      });
      assert.ok(isOpen(inner) && isOpen(passed) && isOpen(escaped));
      kept = keep(python.eval("[4]"));
      return python.eval("[5]");
    });
    assert.deepEqual([kept, inner, passed, escaped, result].map(isOpen), [true, true, false, true, true]);
  });

  test("errors leave, with what they know, and nothing else stays", async () => {
    let handle: Py;
    const error = await caught(() =>
      python.scope(() => {
        handle = python.eval("[1]");
        return python.eval("1 / 0");
      }),
    );
    assert.equal(isOpen(handle), false);
    assert.equal(error.name, "ZeroDivisionError");
    assert.equal(python.isInstance(error.value, python.builtins.ZeroDivisionError), true);
    assert.match(error.traceback, /1 \/ 0/);
    const rejected = await caught(() =>
      python.scope(async () => {
        handle = python.eval("[1]");
        await later(null);
        throw new RangeError("mine");
      }),
    );
    assert.ok(rejected instanceof RangeError);
    assert.equal(isOpen(handle), false);
    const chained = await caught(() => python.scope(() => python.exec("try:\n    1 / 0\nexcept Exception as e:\n    raise ValueError('v') from e")));
    assert.equal(python.repr(chained.cause.value), "ZeroDivisionError('division by zero')");
  });

  test("async functions: what is made before and after each await, and what an await gives", async () => {
    const module = load(`
      import asyncio
      async def slow(value):
          await asyncio.sleep(0.001)
          return [value]
      async def quick(value):
          return [value]
    `);
    const made: Py[] = [];
    const result = await python.scope(async () => {
      made.push(python.eval("['before']"));
      await later(null);
      made.push(python.eval("['after']"));
      made.push(await module.slow(1), await module.quick(2), await api.intoPromise(module.slow(3)));
      const both = await Promise.all([module.slow(4), module.slow(5)]);
      made.push(...both);
      assert.ok(made.every(isOpen));
      return await module.slow("result");
    });
    assert.deepEqual(
      made.map(isOpen),
      made.map(() => false),
    );
    assert.equal(python.repr(result), "['result']");
  });

  test("scopes that run at once do not release each other's handles", async () => {
    const module = load("import asyncio\nasync def wait(seconds):\n    await asyncio.sleep(seconds)\n    return [seconds]");
    const one = async (turns: number): Promise<Py> =>
      python.scope(async () => {
        const first = python.eval("['mine']");
        const others: Py[] = [];
        for (let turn = 0; turn < turns; turn++) {
          others.push(await module.wait(0.001 * (turn % 3)));
          others.push(python.eval("[1]"));
          await later(null);
          assert.ok(isOpen(first) && others.every(isOpen));
        }
        return first;
      });
    const results = await Promise.all([9, 1, 5, 2, 7].map(one));
    assert.ok(results.every(isOpen));
    // And beside one that runs, others are as ever.
    const long = python.scope(() => later(null, 20));
    const free = python.eval("[1]");
    await long;
    assert.ok(isOpen(free));
  });

  test("what arrives when the scope has ended is the collector's", async () => {
    const module = load("import asyncio\nasync def slow():\n    await asyncio.sleep(0.005)\n    return [1]");
    let late: Promise<Py> | undefined;
    python.scope(() => {
      late = api.intoPromise(module.slow());
    });
    assert.ok(isOpen(await late));
  });

  test("task-locals inside, streams and iterators", async () => {
    const module = load("async def numbers():\n    for n in range(3): yield [n]\ndef things(): return [[1], [2]]");
    const locals = new TaskLocals(getCurrentLoop());
    let inner: Py;
    const [stream, items] = await python.scope(async () => {
      await scope(locals, async () => {
        await later(null);
        inner = python.eval("[1]");
        assert.equal(api.getCurrentLocals(), locals);
      });
      assert.notEqual(api.getCurrentLocals(), undefined);
      const list = [...module.things()];
      return [intoAsyncIterable<Py>(module.numbers()), list.map((item) => python.repr(item))] as const;
    });
    assert.equal(isOpen(inner), false);
    assert.deepEqual(items, ["[1]", "[2]"]);
    const seen: string[] = [];
    for await (const item of stream) seen.push(python.repr(item));
    assert.deepEqual(seen, ["[0]", "[1]", "[2]"]);
  });

  test("the first use of everything can be in a scope", async () => {
    const used = (): Promise<unknown> =>
      python.scope(async () => {
        python.toJs(python.toPy({ a: [1] }));
        python.is(python.builtins, python.builtins);
        await python.import("asyncio").sleep(0);
        for await (const _ of intoAsyncIterable(python.eval("iter([1])"))) break;
        return python.len(python.eval("[1]"));
      });
    assert.equal(await used(), 1);
    assert.equal(await used(), 1);
  });

  test("misuse", async () => {
    assert.equal((await caught(() => python.scope(1 as unknown as () => void))).code, "bad-argument");
    let kept: (<T>(value: T) => T) | undefined;
    python.scope((keep) => {
      kept = keep;
      assert.equal(keep(5), 5);
      assert.equal(keep(undefined), undefined);
    });
    assert.equal(kept!("after"), "after");
    const cyclic: unknown[] = [];
    cyclic.push(cyclic, python.eval("[1]"));
    assert.equal(
      python.scope(() => cyclic),
      cyclic,
    );
    const disposed = python.scope(() => {
      const handle = python.eval("[1]");
      handle[Symbol.dispose]();
      return 1;
    });
    assert.equal(disposed, 1);
    await settle();
  });

  test("weak references across the border", async () => {
    const module = load(`
      import weakref
      class Thing: pass
      def weak(thing): return weakref.ref(thing)
      held = []
      def hold(ref): held.append(ref)
      def look(): return held[0].deref()
      def drop(): held.clear()
    `);
    let thing: Py = module.Thing();
    const weak = module.weak(thing);
    python.scope(() => assert.equal(python.is(weak(), thing), true));
    thing[Symbol.dispose]();
    collectPython();
    await settle();
    thing = undefined;
    collectPython();
    assert.equal(weak(), null);
    let big: Counter | undefined = new Counter();
    module.hold(new WeakRef(big));
    assert.equal(module.look(), big);
    big = undefined;
    module.drop();
  });
};

class Counter {
  n = 1;
}
