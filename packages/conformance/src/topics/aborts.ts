/** When the signal of a JS function that Python calls aborts and when it does not, and what Python sees meanwhile. */
import assert from "node:assert/strict";
import { caught, later, turn, until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const aborts: Topic = ({ api, test, load }) => {
  const { getCurrentSignal, intoPromise, python } = api;

  test("Python's await ends at once, whatever the function does with its signal", async () => {
    const module = load(`
      import asyncio
      async def main(f):
          task = asyncio.ensure_future(f())
          await asyncio.sleep(0)
          task.cancel()
          turns = 0
          while not task.done():
              turns += 1
              await asyncio.sleep(0)
          return turns
    `);
    let release: (value: string) => void = () => undefined;
    let aborted = false;
    const ignores = (): Promise<string> => {
      getCurrentSignal().addEventListener("abort", () => (aborted = true));
      return new Promise((resolve) => (release = resolve));
    };
    assert.ok((await module.main(ignores)) <= 3);
    assert.equal(aborted, true);
    release("dropped");
    const silent = (): Promise<string> => new Promise((resolve) => (release = resolve));
    assert.ok((await module.main(silent)) <= 3);
    release("dropped");
    await turn();
  });

  test("a Task that is cancelled before its first step aborts a function that runs already", async () => {
    const module = load(`
      import asyncio
      async def main(f):
          task = asyncio.get_running_loop().create_task(f())
          task.cancel("early")
          try:
              await task
          except asyncio.CancelledError:
              return task.cancelled()
    `);
    let reason: Error | undefined;
    const f = (): Promise<never> => {
      const signal = getCurrentSignal();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject((reason = signal.reason as Error)));
      });
    };
    assert.equal(await module.main(f), true);
    await until(() => reason !== undefined);
    assert.equal(reason?.message, "early");
  });

  test("a promise that several wait for aborts when the last has gone", async () => {
    const module = load(`
      import asyncio
      async def wait(promise):
          return await promise
      async def main(f, aborted):
          promise = f()
          first, second = asyncio.ensure_future(wait(promise)), asyncio.ensure_future(wait(promise))
          await asyncio.sleep(0)
          first.cancel()
          await asyncio.gather(first, return_exceptions=True)
          await asyncio.sleep(0)
          before = aborted()
          second.cancel()
          await asyncio.gather(second, return_exceptions=True)
          return before
    `);
    let aborted = false;
    const f = (): Promise<unknown> =>
      new Promise((resolve) =>
        getCurrentSignal().addEventListener("abort", () => {
          aborted = true;
          resolve(null);
        }),
      );
    assert.equal(await module.main(f, () => aborted), false);
    await until(() => aborted);
  });

  test("a signal that is asked for after Python has begun to wait aborts as well", async () => {
    const module = load(`
      import asyncio
      async def main(f, started):
          task = asyncio.ensure_future(f())
          await started
          task.cancel()
          await asyncio.gather(task, return_exceptions=True)
          return task.cancelled()
    `);
    let started: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (started = resolve));
    let aborted = false;
    const f = async (): Promise<void> => {
      await later(null, 2);
      const signal = getCurrentSignal();
      const gone = new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          resolve();
        });
      });
      started();
      await gone;
    };
    assert.equal(await module.main(f, ready), true);
    await until(() => aborted);
  });

  test("the signal passes cancellation on: into fetch-like functions and back into Python", async () => {
    const module = load(`
      import asyncio
      log = []
      async def inner():
          try:
              await asyncio.sleep(60)
          except asyncio.CancelledError as error:
              log.append(f"inner {error.args}")
              raise
      async def outer(f):
          try:
              await asyncio.wait_for(f(), 0.005)
          except asyncio.TimeoutError:
              return "timeout"
    `);
    const rejected: unknown[] = [];
    const f = (): Promise<unknown> => {
      const promise = intoPromise(module.inner(), { signal: getCurrentSignal() });
      promise.catch((error: unknown) => rejected.push(error));
      return promise;
    };
    assert.equal(await module.outer(f), "timeout");
    await until(() => rejected.length === 1);
    assert.equal((rejected[0] as Error).name, "AbortError");
    assert.equal(python.len(module.log), 1);
  });

  test("after an abort the abort's own reason is no unhandled rejection, another error is one", async () => {
    const module = load(`
      import asyncio
      async def main(f):
          try:
              await asyncio.wait_for(f(), 0.002)
          except asyncio.TimeoutError:
              return "timeout"
    `);
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    // The test runner's own listeners would fail the run.
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", note);
    try {
      const failing = (make: (signal: AbortSignal) => unknown) => (): Promise<never> =>
        new Promise((_, reject) => {
          const signal = getCurrentSignal();
          signal.addEventListener("abort", () => reject(make(signal) as Error));
        });
      assert.equal(await module.main(failing((signal) => signal.reason)), "timeout");
      assert.equal(await module.main(failing((signal) => new Error("wrapped", { cause: signal.reason }))), "timeout");
      await later(null, 5);
      assert.deepEqual(unhandled, []);
      const other = new Error("the cleanup failed");
      assert.equal(await module.main(failing(() => other)), "timeout");
      await until(() => unhandled.length > 0);
      assert.deepEqual(unhandled, [other]);
    } finally {
      process.off("unhandledRejection", note);
      for (const listener of others) process.on("unhandledRejection", listener);
    }
  });

  test("an AbortError that the function rejects with of its own reaches Python as a JsError", async () => {
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
    const f = async (): Promise<never> => {
      getCurrentSignal();
      throw new DOMException("mine", "AbortError");
    };
    assert.equal(await module.main(f), "AbortError");
  });

  test("a promise that settled before it was cancelled does not abort", async () => {
    const module = load(`
      import asyncio
      async def main(f):
          task = asyncio.ensure_future(f())
          value = await task
          task.cancel()
          return value
    `);
    let signal: AbortSignal | undefined;
    assert.equal(
      await module.main(async () => {
        signal = getCurrentSignal();
        await Promise.resolve();
        return "done";
      }),
      "done",
    );
    await turn();
    assert.equal(signal?.aborted, false);
  });

  test("a conversion that ended is not cancelled by its signal when its number is used again", async () => {
    const module = load(`
      import asyncio
      async def quick():
          return "quick"
      async def slow():
          await asyncio.sleep(0.005)
          return "slow"
    `);
    const controller = new AbortController();
    const first: Py = module.quick();
    let second: Promise<unknown> | undefined;
    const early = first.then(() => {
      second = intoPromise(module.slow());
      controller.abort();
    });
    assert.equal(await intoPromise(first, { signal: controller.signal }), "quick");
    await early;
    assert.equal(await second, "slow");
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
