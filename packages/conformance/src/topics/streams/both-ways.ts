/** Streams in both directions at once. */
import assert from "node:assert/strict";
import { later, until, type Py } from "../../py.ts";
import type { Topic } from "../../suite.ts";
import { amounts, consumers, jsNumbers, range } from "./fixtures.ts";

export const bothWays: Topic = ({ api, test, load, capabilities }) => {
  const { asyncIterableIntoPy, intoAsyncIterable, intoPromise, python } = api;
  const { long } = amounts(capabilities);

  test("marks far above what one call can carry", async () => {
    const total = 30_000;
    const highWaterMark = 20_000;
    let sum = 0;
    for await (const item of intoAsyncIterable<number>(python.eval(`range(${total})`), { highWaterMark })) sum += item;
    assert.equal(sum, (total * (total - 1)) / 2);
    assert.equal(await load(consumers).verify(asyncIterableIntoPy(range(total), { highWaterMark }), total), "complete");
  });

  test("streams that never wait starve neither loop", async () => {
    const module = load(`
      import asyncio
      ticks = 0
      async def tick():
          global ticks
          while ticks < 5:
              await asyncio.sleep(0.001)
              ticks += 1
      async def endless():
          while True:
              yield ticks
      async def read(stream, enough):
          async for _ in stream:
              if ticks >= 5 and enough():
                  break
          await stream.aclose()
    `);
    let timers = 0;
    const timer = setInterval(() => timers++, 1);
    const first = intoPromise(module.tick());
    for await (const ticks of intoAsyncIterable<number>(module.endless())) if (ticks >= 5 && timers >= 5) break;
    await first;
    python.setAttr(module, "ticks", 0);
    timers = 0;
    const second = intoPromise(module.tick());
    await module.read(
      asyncIterableIntoPy(
        (async function* () {
          for (let item = 0; ; item++) yield item;
        })(),
      ),
      () => timers >= 5,
    );
    await second;
    clearInterval(timer);
  });

  test("a stream through both sides and home again", async () => {
    const module = load(`
      async def double(stream):
          try:
              async for item in stream:
                  yield item * 2
          finally:
              await stream.aclose()
    `);
    for (const highWaterMark of [1, 16]) {
      const log: string[] = [];
      const there = asyncIterableIntoPy(jsNumbers(100, log), { highWaterMark });
      let seen = 0;
      for await (const item of intoAsyncIterable<number>(module.double(there), { highWaterMark })) {
        assert.equal(item, seen * 2);
        if (++seen === 50) break;
      }
      assert.deepEqual(log, ["begin", "finally", "closed"]);
    }
  });

  test(
    "leaving at the moment an item comes",
    async () => {
      const rounds = capabilities.nightly ? 1000 : 100;
      const module = load(`
        import asyncio
        open = 0
        async def ticks(pause):
            global open
            open += 1
            try:
                while True:
                    await asyncio.sleep(pause)
                    yield 1
            finally:
                await asyncio.sleep(0)
                open -= 1
        def opened():
            return open
        async def leave(stream, pause):
            task = asyncio.ensure_future(run(stream))
            await asyncio.sleep(pause)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
        async def run(stream):
            async for _ in stream:
                await asyncio.sleep(0)
      `);
      for (let round = 0; round < rounds; round++) {
        const highWaterMark = 1 + (round % 4);
        const iterator = intoAsyncIterable(module.ticks((round % 5) / 2000), { highWaterMark });
        const waiting = iterator.next();
        await later(null, (round % 7) / 3);
        if (round % 2 === 0) await waiting;
        const next = iterator.next();
        await iterator.return!();
        await Promise.all([waiting, next]);
        assert.equal(module.opened(), 0);

        const controller = new AbortController();
        const aborted = intoAsyncIterable(module.ticks((round % 5) / 2000), { highWaterMark, signal: controller.signal });
        await aborted.next();
        const outcome = aborted.next().catch((error: unknown) => error);
        setTimeout(() => controller.abort("stop"), (round % 7) / 3);
        const got = await outcome;
        assert.ok(got === "stop" || (got as IteratorResult<number>).value === 1, String(got));
        await aborted.return!();
        assert.equal(module.opened(), 0);

        let open = 0;
        async function* jsTicks(signal: AbortSignal): AsyncGenerator<number> {
          open++;
          try {
            while (!signal.aborted) {
              await later(null, (round % 5) / 2);
              yield 1;
            }
          } finally {
            open--;
          }
        }
        const stream: Py = asyncIterableIntoPy(({ signal }) => jsTicks(signal), { highWaterMark });
        const left = module.leave(stream, ((round % 7) + 1) / 2000);
        // Who is cancelled between two items leaves the generator to be collected, and this handle counts.
        stream[Symbol.dispose]();
        await left;
        await until(() => open === 0);
      }
    },
    long,
  );
};
