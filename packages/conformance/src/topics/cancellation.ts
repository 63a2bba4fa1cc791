/** Cancellation in both directions: AbortSignal into Task.cancel, Task.cancel into AbortSignal. */
import assert from "node:assert/strict";
import { caught, later, turn } from "../py.ts";
import type { Topic } from "../suite.ts";

export const cancellation: Topic = ({ api, test, load }) => {
  const { intoPromise, promiseIntoPy, python } = api;

  const sleeper = `
    import asyncio
    log = []
    async def sleep():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        finally:
            await asyncio.sleep(0.002)
            log.append("finally")
    async def stubborn():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.001)
            return "a value after all"
    async def fails():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ValueError("while cancelling")
    async def own():
        raise asyncio.CancelledError()
    async def quick():
        return "quick"
    def text():
        return ",".join(log)
  `;

  test("an abort cancels the Task and rejects with the reason after its finally blocks", async () => {
    const module = load(sleeper);
    const controller = new AbortController();
    const promise = intoPromise(module.sleep(), { signal: controller.signal });
    await turn();
    const reason = new Error("enough");
    controller.abort(reason);
    assert.equal(await caught(() => promise), reason);
    assert.equal(module.text(), "cancelled,finally");
  });

  for (const when of ["before the abort", "before the end", "after the end"]) {
    test(`whoever else awaits the awaitable hears that it was cancelled: asked ${when}`, async () => {
      const controller = new AbortController();
      const awaitable = load(sleeper).sleep();
      const promise = intoPromise(awaitable, { signal: controller.signal });
      const ask = async (): Promise<Error> => await caught(() => awaitable);
      const asked: Promise<Error>[] = [];
      await turn();
      if (when === "before the abort") asked.push(ask(), ask());
      await turn();
      controller.abort(new Error("enough"));
      if (when === "before the end") asked.push(ask(), ask());
      assert.equal(await caught(() => promise), controller.signal.reason);
      if (when === "after the end") asked.push(ask(), ask());
      const [one, other] = await Promise.all(asked);
      assert.equal(one, other);
      assert.ok(api.isPyError(one));
      assert.deepEqual([one.name, one.message], ["CancelledError", "enough"]);
      const late = intoPromise(awaitable, { signal: new AbortController().signal });
      assert.equal(await caught(() => late), one);
    });
  }

  test("an abort without a reason is an AbortError", async () => {
    const module = load(sleeper);
    const controller = new AbortController();
    const promise = intoPromise(module.sleep(), { signal: controller.signal });
    await turn();
    controller.abort();
    const error = await caught(() => promise);
    assert.equal(error.name, "AbortError");
    assert.equal(error, controller.signal.reason);
  });

  test("a coroutine that returns a value all the same resolves", async () => {
    const controller = new AbortController();
    const promise = intoPromise(load(sleeper).stubborn(), { signal: controller.signal });
    await turn();
    controller.abort();
    assert.equal(await promise, "a value after all");
  });

  test("a coroutine that fails while it is cancelled rejects with its own error", async () => {
    const controller = new AbortController();
    const promise = intoPromise(load(sleeper).fails(), { signal: controller.signal });
    await turn();
    controller.abort();
    assert.equal((await caught(() => promise)).message, "while cancelling");
  });

  test("a signal that was aborted before rejects with the reason and leaves no coroutine behind", async () => {
    const module = load(sleeper);
    const reason = new Error("before");
    const error = await caught(() => intoPromise(module.quick(), { signal: AbortSignal.abort(reason) }));
    assert.equal(error, reason);
  });

  test("an abort after the end changes nothing and leaves no listener", async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    assert.equal(await intoPromise(load(sleeper).quick(), { signal }), "quick");
    controller.abort();
    assert.equal(listeners, 0);
  });

  test("a coroutine that raises CancelledError of its own is an ordinary error", async () => {
    const error = await caught(() => load(sleeper).own());
    assert.ok(error instanceof api.PyError);
    assert.equal(error.name, "CancelledError");
    assert.notEqual(error.name, "AbortError");
    const signal = new AbortController().signal;
    const again = await caught(() => intoPromise(load(sleeper).own(), { signal }));
    assert.equal(again.name, "CancelledError");
  });

  test("a JS AbortError that no cancellation caused is an ordinary JsError", async () => {
    const module = load(`
      import asyncio, interloop
      async def main(f):
          try:
              await f()
          except asyncio.CancelledError:
              return "CancelledError"
          except interloop.JsError as error:
              return error.name
    `);
    assert.equal(await module.main(async () => AbortSignal.abort().throwIfAborted()), "AbortError");
  });

  test("cancelling a Task aborts the signal of the future it waits for", async () => {
    const module = load(`
      import asyncio
      async def main(future):
          task = asyncio.ensure_future(wait(future))
          await asyncio.sleep(0)
          task.cancel()
          try:
              await task
          except asyncio.CancelledError:
              return "cancelled"
      async def wait(future):
          return await future
    `);
    let reason: unknown;
    const future = promiseIntoPy(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            resolve(null);
          });
        }),
    );
    assert.equal(await module.main(future), "cancelled");
    await turn();
    assert.ok(reason instanceof Error);
  });

  test("the signal does not abort when the future ends by itself", async () => {
    let aborted = false;
    const module = load("async def wait(future): return await future");
    const future = promiseIntoPy(async ({ signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      return later("done");
    });
    assert.equal(await module.wait(future), "done");
    await later(null, 2);
    assert.equal(aborted, false);
  });

  test("asyncio.timeout and wait_for abort the JS function", async () => {
    const module = load(`
      import asyncio
      async def main(future):
          try:
              await asyncio.wait_for(future, 0.002)
          except asyncio.TimeoutError:
              return "timeout"
    `);
    let aborted = false;
    const future = promiseIntoPy(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            resolve(null);
          });
        }),
    );
    assert.equal(await module.main(future), "timeout");
    await turn();
    assert.equal(aborted, true);
  });

  test("AbortSignal.timeout ends a coroutine", async () => {
    const module = load(sleeper);
    const error = await caught(() => intoPromise(module.sleep(), { signal: AbortSignal.timeout(5) }));
    assert.equal(error.name, "TimeoutError");
    assert.equal(module.text(), "cancelled,finally");
  });

  test("one signal for many conversions", async () => {
    const module = load(sleeper);
    const controller = new AbortController();
    const all = Array.from({ length: 50 }, () => intoPromise(module.sleep(), { signal: controller.signal }));
    await turn();
    controller.abort(new Error("all"));
    const results = await Promise.allSettled(all);
    assert.ok(results.every((result) => result.status === "rejected" && (result.reason as Error).message === "all"));
    assert.equal(python.len(module.log), 100);
  });
};
