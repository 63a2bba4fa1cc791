/** Cancel against complete: whichever wins, exactly one outcome and no error in the loop. */
import assert from "node:assert/strict";
import { later, type Py } from "../py.ts";
import type { Suite, Topic } from "../suite.ts";

/** Runs `body` with the loop's exception handler as the detector; nothing may reach it. */
async function watched(suite: Suite, body: () => Promise<void>): Promise<void> {
  const { api, load } = suite;
  const detector = load(`
    seen = []
    def install(loop):
        loop.set_exception_handler(lambda loop, context: seen.append("%s: %r" % (context["message"], context.get("exception"))))
    def remove(loop):
        loop.set_exception_handler(None)
        return "; ".join(seen)
  `);
  const loop = api.getCurrentLoop();
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  process.on("unhandledRejection", onRejection);
  detector.install(loop);
  try {
    await body();
    await suite.settle();
  } finally {
    process.off("unhandledRejection", onRejection);
    const seen = detector.remove(loop);
    assert.equal(seen, "");
    assert.deepEqual(rejections, []);
  }
}

const jitter = (round: number): number => (round % 7) / 3;

export const races: Topic = (suite) => {
  const { api, capabilities, load, test } = suite;
  const { intoPromise, promiseIntoPy } = api;
  const rounds = capabilities.nightly ? 1000 : 200;
  const options = { timeout: capabilities.nightly ? 300_000 : 60_000 };

  test(
    "aborting a conversion at the moment it completes",
    () =>
      watched(suite, async () => {
        const module = load(`
          import asyncio
          async def sleep(seconds):
              await asyncio.sleep(seconds)
              return "done"
        `);
        const reason = new Error("aborted");
        const outcomes = new Map<unknown, number>();
        for (let round = 0; round < rounds; round++) {
          const controller = new AbortController();
          const timer = setTimeout(() => controller.abort(reason), 1 + jitter(round));
          const outcome: unknown = await intoPromise(module.sleep(0.001 + jitter(round * 3) / 1000), { signal: controller.signal }).catch(
            (error: unknown) => error,
          );
          clearTimeout(timer);
          assert.ok(outcome === "done" || outcome === reason, String(outcome));
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
        assert.equal(
          [...outcomes.values()].reduce((sum, count) => sum + count, 0),
          rounds,
        );
      }),
    options,
  );

  test(
    "cancelling a Python future at the moment its promise settles",
    () =>
      watched(suite, async () => {
        const module = load(`
          import asyncio
          async def race(future, seconds):
              loop = asyncio.get_running_loop()
              loop.call_later(seconds, future.cancel)
              try:
                  return await future
              except asyncio.CancelledError:
                  return "cancelled"
        `);
        for (let round = 0; round < rounds; round++) {
          const future = promiseIntoPy(() => later("done", 1 + jitter(round)));
          const outcome = await module.race(future, 0.001 + jitter(round * 5) / 1000);
          assert.ok(outcome === "done" || outcome === "cancelled", String(outcome));
        }
      }),
    options,
  );

  test(
    "cancelling in the same turn as settling, in every order",
    () =>
      watched(suite, async () => {
        const module = load(`
          import asyncio
          async def wait(f):
              try:
                  return await f()
              except asyncio.CancelledError:
                  return "cancelled"
          def start(f):
              return asyncio.ensure_future(wait(f))
          async def main(f, order):
              task = asyncio.ensure_future(wait(f))
              await asyncio.sleep(0)
              if order == 0:
                  task.cancel()
              f.settle()
              if order == 1:
                  task.cancel()
              await asyncio.sleep(0)
              if order == 2:
                  task.cancel()
              return await task
        `);
        for (let round = 0; round < rounds; round++) {
          let resolve: (value: string) => void = () => undefined;
          const f: Py = () => new Promise((done) => (resolve = done));
          f.settle = () => resolve("done");
          const outcome = await module.main(f, round % 3);
          assert.ok(outcome === "done" || outcome === "cancelled", String(outcome));
          if (round % 3 < 2) assert.equal(outcome, "cancelled");
        }
      }),
    options,
  );

  test(
    "rejecting while cancelling",
    () =>
      watched(suite, async () => {
        const module = load(`
          import asyncio, interloop
          async def race(future, seconds):
              asyncio.get_running_loop().call_later(seconds, future.cancel)
              try:
                  await future
              except asyncio.CancelledError:
                  return "cancelled"
              except interloop.JsError:
                  return "rejected"
        `);
        for (let round = 0; round < rounds; round++) {
          const future = promiseIntoPy(async () => {
            await later(null, 1 + jitter(round));
            throw new Error("rejected");
          });
          const outcome = await module.race(future, 0.001 + jitter(round * 5) / 1000);
          assert.ok(outcome === "rejected" || outcome === "cancelled", String(outcome));
        }
        await later(null, 10);
      }),
    options,
  );

  test(
    "cancelling a JS function that looks at its signal, at the moment it settles or rejects",
    () =>
      watched(suite, async () => {
        const module = load(`
          import asyncio, interloop
          async def race(f, seconds):
              task = asyncio.ensure_future(f())
              asyncio.get_running_loop().call_later(seconds, task.cancel, "race")
              try:
                  return await task
              except asyncio.CancelledError:
                  return "cancelled"
              except interloop.JsError as error:
                  return error.message
        `);
        let aborted = 0;
        let cancelled = 0;
        for (let round = 0; round < rounds; round++) {
          const f = async (): Promise<string> => {
            const signal = api.getCurrentSignal();
            await new Promise<void>((resolve, reject) => {
              signal.addEventListener("abort", () => {
                aborted++;
                reject(signal.reason as Error);
              });
              setTimeout(resolve, 1 + jitter(round));
            });
            if (round % 2 === 0) throw new Error("rejected");
            return "done";
          };
          const outcome = await module.race(f, 0.001 + jitter(round * 5) / 1000);
          assert.ok(outcome === "cancelled" || outcome === (round % 2 === 0 ? "rejected" : "done"), String(outcome));
          if (outcome === "cancelled") cancelled++;
        }
        await later(null, 10);
        // A function may have settled in the same turn as it was cancelled: then there is nothing left to abort.
        assert.ok(aborted <= cancelled, `${aborted} aborted, ${cancelled} cancelled`);
      }),
    options,
  );

  test(
    "disposing handles while conversions of them are in flight",
    () =>
      watched(suite, async () => {
        const module = load(`
          import asyncio
          async def sleep():
              await asyncio.sleep(0)
              return "done"
        `);
        const all: Promise<unknown>[] = [];
        for (let round = 0; round < rounds; round++) {
          const coroutine = module.sleep();
          all.push(intoPromise(coroutine));
          coroutine[Symbol.dispose]();
        }
        assert.deepEqual(new Set(await Promise.all(all)), new Set(["done"]));
      }),
    options,
  );
};
