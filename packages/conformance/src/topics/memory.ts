/** Nothing grows: proxied results, callback cycles, crossings and buffers by the thousand leave the census and the memory where they were. */
import assert from "node:assert/strict";
import type { Census } from "@interloop/core";
import { growth } from "../census.ts";
import { caught, later, type Py } from "../py.ts";
import type { Suite, Topic } from "../suite.ts";

/** What a million rounds may leave behind. */
const allowedBytes = 1024 * 1024;

/** The engine's heap, and the memory that Python's objects lie in, grow and shrink in steps: what leaks grows in every sample. So most of the first ones must be flat, or the lowest of the later ones about where the lowest of the first was. */
const samples = 8;
const majority = 3;

/** The resident memory when both collectors have done what they can; the last resort gives back what the engine keeps for later. */
async function resident(suite: Suite): Promise<number> {
  const { gc } = globalThis as { gc?: (options: { type: string; execution: string; flavor: string }) => void };
  for (let round = 0; round < 3; round++) {
    gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
    await suite.settle();
  }
  return process.memoryUsage.rss();
}

/** Runs `round` often, after a tenth of it as warm-up; fails when the census or, at night, the memory has grown. */
async function flat(suite: Suite, rounds: number, round: (count: number) => Promise<void>): Promise<void> {
  const batch = 1000;
  const run = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += batch) {
      await round(Math.min(batch, count - done));
      // A turn of the event loop, in which finalizers run.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await run(Math.max(batch, rounds / 10));
  const before = await suite.settle();
  if (!suite.capabilities.nightly) return mustNotGrow(suite, before, () => run(rounds));
  const allowed = allowedBytes * Math.max(1, rounds / 1e6);
  const seen: number[] = [await resident(suite)];
  for (let flatOnes = 0; flatOnes < majority && seen.length <= samples;) {
    await run(rounds);
    seen.push(await resident(suite));
    assert.equal(growth(before, await suite.settle()), undefined);
    if (seen.at(-1)! - seen.at(-2)! <= allowed) flatOnes++;
  }
  const half = samples / 2;
  const grown = seen.length <= samples ? 0 : Math.min(...seen.slice(half + 1)) - Math.min(...seen.slice(1, half + 1));
  assert.ok(
    grown <= allowed * half,
    `The process grows with ${rounds} rounds: ${seen.map((bytes) => Math.round(bytes / 1024)).join(", ")} kB in one sample after the other`,
  );
}

/** What leaks grows with every run. (Bun's collector takes a number on the stack for a reference: a value may stay for a while.) */
async function mustNotGrow(suite: Suite, before: Census, run: () => Promise<void>): Promise<void> {
  let last = before;
  let grown: string | undefined;
  for (let sample = 0; sample < samples; sample++) {
    await run();
    const after = await suite.settle();
    grown = growth(last, after);
    if (grown === undefined) return;
    last = after;
  }
  assert.fail(`The census grows with every run, at last by ${grown}`);
}

export const memory: Topic = (suite) => {
  const { api, capabilities, load, test } = suite;
  const { intoPromise, promiseIntoPy, python } = api;
  const rounds = capabilities.nightly ? 1_000_000 : 10_000;
  const options = { timeout: capabilities.nightly ? 1_800_000 : 120_000, needs: "collectGarbage", leaves: "takes the census itself" } as const;

  test(
    "proxied results",
    async () => {
      const module = load("def make(): return object()");
      await flat(suite, rounds, async (count) => {
        for (let index = 0; index < count; index++) module.make();
      });
    },
    options,
  );

  test(
    "callbacks that Python keeps for a while, and cycles through callbacks that Python breaks",
    async () => {
      const module = load(`
        class Node:
            def __init__(self, callback):
                self.callback = callback
            def call(self):
                return self.callback(self)
            def close(self):
                self.callback = None
      `);
      await flat(suite, rounds, async (count) => {
        for (let index = 0; index < count; index++) {
          const node: Py = module.Node(() => node);
          node.call();
          node.close();
        }
      });
    },
    options,
  );

  test(
    "objects, functions and promises given to Python",
    async () => {
      const module = load(`
        def take(value):
            return None
        def back(value):
            return value
      `);
      await flat(suite, rounds, async (count) => {
        for (let index = 0; index < count; index++) {
          module.take({ index });
          module.take(() => index);
          module.take(Promise.resolve(index));
          module.back({ index });
        }
      });
    },
    options,
  );

  test(
    "crossings both ways",
    async () => {
      const module = load(`
        import asyncio
        async def noop():
            return None
        async def through(f):
            return await f()
        async def sleeps():
            await asyncio.sleep(0)
            return object()
      `);
      const js = async (): Promise<number> => 1;
      await flat(suite, rounds, async (count) => {
        for (let index = 0; index < count / 10; index++) {
          await module.noop();
          await module.through(js);
          await module.sleeps();
        }
        await Promise.all(Array.from({ length: count / 10 }, () => module.through(js)));
      });
    },
    options,
  );

  test(
    "failing and cancelled crossings",
    async () => {
      const module = load(`
        import asyncio
        async def fails():
            raise ValueError("x")
        async def sleeps():
            await asyncio.sleep(60)
        async def through(f):
            return await f()
        def throws(f):
            f()
      `);
      const fail = (): never => {
        throw new Error("x");
      };
      const reject = async (): Promise<never> => fail();
      await flat(suite, rounds / 10, async (count) => {
        for (let index = 0; index < count / 10; index++) {
          await caught(() => module.fails());
          await caught(() => module.throws(fail));
          await caught(() => module.through(reject));
          const controller = new AbortController();
          const promise = intoPromise(module.sleeps(), { signal: controller.signal });
          controller.abort();
          await caught(() => promise);
          const future = promiseIntoPy(() => later(1, 0));
          future.cancel();
          await caught(() => intoPromise(future));
        }
      });
    },
    options,
  );

  test(
    "buffers both ways",
    async () => {
      const module = load(`
        def make():
            return bytearray(1000)
        def size(buffer):
            return len(memoryview(buffer))
      `);
      await flat(suite, rounds / 10, async (count) => {
        for (let index = 0; index < count; index++) {
          assert.equal(python.buffer(module.make()).data.byteLength, 1000);
          assert.equal(module.size(new Uint8Array(1000)), 1000);
        }
      });
    },
    options,
  );

  test(
    "conversions in depth",
    async () => {
      const module = load("def make(): return {'a': [1, {'b': object}], 'c': (1, 2)}\ndef take(value): return len(value)");
      await flat(suite, rounds / 10, async (count) => {
        for (let index = 0; index < count; index++) {
          python.toJs(module.make());
          module.take(python.toPy({ a: [1, { b: 2 }] }));
        }
      });
    },
    options,
  );
};
