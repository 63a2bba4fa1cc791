/** Cancellation in both directions: AbortSignal into Task.cancel, Task.cancel into AbortSignal. */
import assert from "node:assert/strict";
import { caught, later, turn, until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const cancellation: Topic = ({ api, test, load }) => {
  const { getCurrentSignal, intoPromise, promiseIntoPy, python } = api;

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

  test("whoever cancels from JavaScript finds the signal aborted at once, before the Task has ended", async () => {
    const module = load(`
      import asyncio
      async def start(f):
          task = asyncio.ensure_future(wait(f))
          await asyncio.sleep(0)
          return [task]
      async def wait(f):
          await f()
    `);
    // In a scope of its own: before 3.11 a cancelled Task keeps what its coroutine held, the function with it, which is not to hold the Task.
    const watched = (look: string): { f: () => Promise<void>; signal: () => AbortSignal | undefined } => {
      let signal: AbortSignal | undefined;
      const f = (): Promise<void> => {
        if (look === "before") signal = getCurrentSignal();
        return new Promise((resolve) => {
          signal?.addEventListener("abort", () => resolve());
          if (look === "while") later(null).then(() => (signal = getCurrentSignal()), assert.fail);
        });
      };
      return { f, signal: () => signal };
    };
    for (const look of ["before", "while"]) {
      const { f, signal } = watched(look);
      const task: Py = python.getItem(await module.start(f), 0);
      await until(() => signal() !== undefined);
      assert.equal(signal()!.aborted, false);
      assert.equal(task.cancel("enough"), true);
      assert.deepEqual([signal()!.aborted, (signal()!.reason as Error).message, task.done()], [true, "enough", false]);
      assert.equal((await caught(() => intoPromise(task))).name, "CancelledError");
    }
  });

  test("the future that waits for a watched call is cancelled as any other", async () => {
    const module = load(`
      import asyncio
      async def waits(f):
          task = asyncio.ensure_future(f())
          while task._fut_waiter is None:
              await asyncio.sleep(0)
          return task, task._fut_waiter
      async def run(f, release):
          log = []
          for args, kwargs in [((), {}), (("words",), {}), ((), {"msg": "named"}), ((None,), {})]:
              task, future = await waits(f)
              log.append([future.cancel(*args, **kwargs), future.cancelled(), future.cancel("again"), future.done()])
              try:
                  await task
              except asyncio.CancelledError as error:
                  log.append(repr(error))
              log.append(future.cancel())
          task, future = await waits(f)
          for wrong in [lambda: future.cancel(1, 2), lambda: future.cancel(massage="x"), lambda: future.cancel("x", msg="y")]:
              try:
                  log.append(wrong())
              except TypeError:
                  log.append("TypeError")
          log.append(future.done())
          release()
          log.append([await task, future.cancel(), future.cancelled()])
          return log
      async def native():
          future = asyncio.get_running_loop().create_future()
          waiting.append(future)
          return await future
      waiting = []
      def expected():
          return run(native, lambda: waiting.pop().set_result(None))
    `);
    const aborted: string[] = [];
    let release: () => void = assert.fail;
    const f = (): Promise<void> => {
      const signal = getCurrentSignal();
      return new Promise((resolve) => {
        release = resolve;
        signal.addEventListener("abort", () => {
          aborted.push((signal.reason as Error).message);
          resolve();
        });
      });
    };
    assert.deepEqual(python.toJs(await module.run(f, () => release())), python.toJs(await module.expected()));
    const unsaid = "Python cancelled the task that waited for this";
    assert.deepEqual(aborted, [unsaid, "words", "named", unsaid]);
  });
};
