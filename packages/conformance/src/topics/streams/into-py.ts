/** Streams from JS to Python: order, bounds, contexts. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { Readable } from "node:stream";
import { later, turn, type Py } from "../../py.ts";
import type { Topic } from "../../suite.ts";
import { amounts, collect, consumers, jsNumbers, marks, range } from "./fixtures.ts";

export const intoPy: Topic = ({ api, test, load, capabilities }) => {
  const { asyncIterableIntoPy, getCurrentLoop, intoAsyncIterable, intoPromise, python, TaskLocals } = api;
  const { many, long } = amounts(capabilities);

  test("it is a real async generator, and every item arrives, in order, once, whatever the mark", async () => {
    const module = load(consumers);
    assert.deepEqual(python.toJs(module.describe(asyncIterableIntoPy([]))), [true, true, true, true, true]);
    for (const highWaterMark of marks) {
      const log: string[] = [];
      assert.equal(await module.verify(asyncIterableIntoPy(jsNumbers(100, log), { highWaterMark }), 100), "complete");
      assert.deepEqual(log, ["begin", "end", "finally", "closed"]);
    }
  });

  test(
    "nothing is lost when the buffer is full and both sides pause at odd moments, to Python",
    async () => {
      const module = load(consumers);
      async function* jittery(): AsyncGenerator<number> {
        for (let item = 0; item < many; item++) {
          if (item % 7 === 0) await Promise.resolve();
          if (item % 61 === 0) await turn();
          if (item % 1009 === 0) await later(null, 1);
          yield item;
        }
      }
      for (const highWaterMark of [1, 3, 16]) {
        assert.equal(await module.verify(asyncIterableIntoPy(jittery(), { highWaterMark }), many, 97), "complete");
      }
    },
    long,
  );

  test("arrays, sync generators, text, Map, ReadableStream and Node streams are iterated", async () => {
    const module = load(consumers);
    const all = async (source: Parameters<typeof asyncIterableIntoPy>[0]): Promise<unknown> => python.toJs(await module.collect(asyncIterableIntoPy(source)));
    assert.deepEqual(await all(range(40)), range(40));
    assert.deepEqual(await all(range(40).values()), range(40));
    assert.deepEqual(await all("añ😀"), ["a", "ñ", "😀"]);
    assert.deepEqual(await all(new Map([["a", 1]]).keys()), ["a"]);
    assert.deepEqual(await all(ReadableStream.from(range(40))), range(40));
    assert.deepEqual(await all(Readable.from(range(40))), range(40));
    assert.deepEqual(await all(() => range(3)), range(3));
  });

  test("nothing is read before Python asks", async () => {
    let calls = 0;
    const stream = asyncIterableIntoPy(() => {
      calls++;
      return [1];
    });
    await turn();
    assert.equal(calls, 0);
    assert.deepEqual(python.toJs(await load(consumers).collect(stream)), [1]);
    assert.equal(calls, 1);
    await intoPromise(asyncIterableIntoPy([1]).aclose());
  });

  test("a slow Python reader stops a fast JS writer within the mark; 1 is strictly on demand", async () => {
    const module = load(`
      import asyncio
      async def slow(stream, made, mark):
          taken = 0
          async for _ in stream:
              taken += 1
              await asyncio.sleep(0.001)
              if not taken <= made() <= taken + mark - 1:
                  return "%d made, %d taken" % (made(), taken)
              if taken == 30:
                  await stream.aclose()
          return "well"
    `);
    for (const highWaterMark of [1, 2, 16]) {
      for (const sync of [false, true]) {
        const state = { made: 0 };
        function* syncNumbers(): Generator<number> {
          for (let item = 0; item < 1000; item++) {
            state.made = item + 1;
            yield item;
          }
        }
        const source = sync ? syncNumbers() : jsNumbers(1000, [], state);
        assert.equal(await module.slow(asyncIterableIntoPy(source, { highWaterMark }), () => state.made, highWaterMark), "well");
      }
    }
  });

  test(
    "the source runs in the async context of whoever made the stream",
    async () => {
      const storage = new AsyncLocalStorage<string>();
      const module = load(consumers);
      async function* read(): AsyncGenerator<string | undefined> {
        for (let item = 0; item < 20; item++) {
          yield storage.getStore();
          if (item % 3 === 0) await turn();
        }
      }
      for (const highWaterMark of [1, 16]) {
        const made = storage.run("maker", () => asyncIterableIntoPy(read(), { highWaterMark }));
        const seen = python.toJs(await storage.run("reader", () => module.collect(made) as Promise<Py>)) as unknown[];
        assert.deepEqual(new Set(seen), new Set(["maker"]));
        const nobody = asyncIterableIntoPy(read(), { highWaterMark });
        const others = python.toJs(await storage.run("reader", () => module.collect(nobody) as Promise<Py>)) as unknown[];
        assert.deepEqual(new Set(others), new Set([null]));
      }
      const back = load(`
        async def call(f):
            for _ in range(20):
                yield f()
      `);
      const made = storage.run("maker", () => intoAsyncIterable(back.call(() => storage.getStore() ?? "none")));
      assert.deepEqual(new Set(await storage.run("reader", () => collect(made))), new Set(["maker"]));
    },
    { needs: "asyncLocalStorage" },
  );

  test("the locals of a JS source are in force in it", async () => {
    const locals = new TaskLocals(getCurrentLoop());
    async function* read(): AsyncGenerator<boolean> {
      for (let item = 0; item < 3; item++) yield api.getCurrentLocals() === locals;
    }
    assert.deepEqual(python.toJs(await load(consumers).collect(asyncIterableIntoPy(read(), { locals }))), [true, true, true]);
  });
};
