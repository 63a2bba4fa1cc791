/** JS calls Python that calls JS that calls Python, synchronously and through awaits. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const reentry: Topic = ({ api, test, load }) => {
  const { getCurrentSignal, intoPromise, python } = api;

  test("synchronous, fifty levels deep", () => {
    const module = load(`
      def down(n, js):
          return 0 if n == 0 else 1 + js(n - 1)
    `);
    const up = (n: number): number => 1 + module.down(n, up);
    assert.equal(module.down(50, up), 100);
  });

  test("asynchronous, fifty levels deep", async () => {
    const module = load(`
      import asyncio
      async def down(n, js):
          await asyncio.sleep(0)
          return 0 if n == 0 else 1 + await js(n - 1)
    `);
    const up = async (n: number): Promise<number> => {
      await Promise.resolve();
      return 1 + (await module.down(n, up));
    };
    assert.equal(await module.down(50, up), 100);
  });

  test("a coroutine started from JS that a coroutine called runs in a Task of its own", async () => {
    const module = load(`
      import asyncio
      async def inner():
          first = asyncio.current_task()
          await asyncio.sleep(0)
          return first is asyncio.current_task() and first is not None
      async def outer(js):
          mine = asyncio.current_task()
          answers = [await js(inner), await js(inner)]
          return answers + [mine is asyncio.current_task()]
    `);
    const js = async (inner: () => PromiseLike<boolean>): Promise<boolean> => await inner();
    assert.deepEqual(python.toJs(await module.outer(js)), [true, true, true]);
  });

  test("a sync JS function starts a conversion inside a running Task without entering another Task", async () => {
    const module = load(`
      import asyncio
      order = []
      async def inner():
          order.append("inner")
          task = asyncio.current_task()
          await asyncio.sleep(0)
          return task is asyncio.current_task()
      async def outer(js):
          order.append("before")
          js(inner)
          order.append("after")
          await asyncio.sleep(0.01)
          return order
    `);
    let promise: Promise<unknown> | undefined;
    const order = await module.outer((inner: () => Py) => {
      promise = intoPromise(inner());
    });
    assert.equal(await promise, true);
    assert.deepEqual(python.toJs(order), ["before", "after", "inner"]);
  });

  test("a synchronous call from a running Task sees the running loop and the current task", async () => {
    const module = load(`
      import asyncio
      def facts():
          return [asyncio.get_running_loop() is not None, asyncio.current_task() is not None]
      async def main(js):
          return js(facts)
    `);
    assert.deepEqual(python.toJs(await module.main((facts: () => Py) => facts())), [true, true]);
  });

  test("callbacks that Python keeps are called later", async () => {
    const module = load(`
      import asyncio
      async def main(callback):
          loop = asyncio.get_running_loop()
          loop.call_soon(callback, "soon")
          loop.call_later(0.001, callback, "later")
          await asyncio.sleep(0.02)
    `);
    const calls: string[] = [];
    await module.main((text: string) => void calls.push(text));
    assert.deepEqual(calls, ["soon", "later"]);
  });

  test("a sort with a JS key, and a JS comparison that throws", async () => {
    const module = load(`
      def sort(items, key):
          return sorted(items, key=key)
    `);
    assert.deepEqual(python.toJs(module.sort(python.toPy([3, 1, 2]), (n: number) => -n)), [3, 2, 1]);
    const boom = new Error("key");
    assert.equal(
      await caught(() =>
        module.sort(python.toPy([1, 2]), () => {
          throw boom;
        }),
      ),
      boom,
    );
  });

  test(
    "runaway recursion across the border is an error and the process lives",
    async () => {
      const module = load("def down(js): return js()");
      const up = (): unknown => module.down(up);
      const error = await caught(up);
      assert.ok(error instanceof RangeError || error.name === "RecursionError", String(error));
      assert.equal(
        module.down(() => 5),
        5,
      );
    },
    { leaves: "a stack overflow inside core's own functions loses the counts that were on their way" },
  );

  // Where the stack ends is chance: inside core's functions, the addon's or the program's.
  test(
    "after a stack overflow anywhere nothing takes itself for a call by Python",
    async () => {
      const module = load("def down(js): return js()");
      const up = (): unknown => module.down(up);
      const narrow = (padding: number): unknown => (padding === 0 ? up() : narrow(padding - 1));
      const wide = (padding: number, ...more: unknown[]): unknown => (padding === 0 ? up() : wide(padding - 1, ...more));
      // From here on each call makes more on its way.
      getCurrentSignal();
      for (let padding = 0; padding < 120; padding++) for (const overflow of [narrow, wide]) await caught(() => overflow(padding, 1, 2, 3));
      assert.notEqual(getCurrentSignal(), getCurrentSignal());
      let [inside, after]: (AbortSignal | undefined)[] = [];
      const pending = module.down(async () => {
        inside = getCurrentSignal();
        await Promise.resolve();
        after = getCurrentSignal();
      });
      await pending;
      assert.ok(inside !== undefined && inside === after);
    },
    { leaves: "a stack overflow inside core's own functions loses references that were on their way" },
  );

  test("interleaved awaits of many Tasks and promises keep their own results", async () => {
    const module = load(`
      import asyncio
      async def chain(n, js):
          total = 0
          for i in range(5):
              total += await js(n * 10 + i)
              await asyncio.sleep(0)
          return total
    `);
    const js = async (n: number): Promise<number> => later(n, n % 3);
    const sums = await Promise.all(Array.from({ length: 100 }, (_, n) => module.chain(n, js)));
    assert.deepEqual(
      sums,
      Array.from({ length: 100 }, (_, n) => n * 50 + 10),
    );
  });
};
