/** The AbortSignal of a JS function that Python calls: whatever cancels a native coroutine aborts it, and Python goes on as if it had been one. */
import assert from "node:assert/strict";
import { caught, later, turn, until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

/** Runs in Python with a JS function and with a native coroutine function in its place; both must log the same. */
const scenarios = `
  import asyncio, sys
  try:
      import anyio
  except ImportError:
      anyio = None
  log = []

  async def native(started):
      started()
      try:
          await asyncio.sleep(60)
      except asyncio.CancelledError:
          log.append("aborted")
          raise

  class Started:
      def __init__(self):
          self.event = asyncio.Event()
      def __call__(self):
          self.event.set()

  async def running(f):
      started = Started()
      task = asyncio.ensure_future(wrap(f, started))
      await started.event.wait()
      return task

  async def wrap(f, started):
      try:
          return await f(started)
      except asyncio.CancelledError as error:
          log.append(f"cancelled {error.args} {asyncio.current_task() is not None}")
          raise

  async def cancel(f):
      task = await running(f)
      await asyncio.sleep(0)
      task.cancel("enough")
      try:
          await task
      except asyncio.CancelledError:
          log.append(f"task {task.cancelled()}")

  async def wait_for(f):
      try:
          await asyncio.wait_for(wrap(f, Started()), 0.005)
      except asyncio.TimeoutError as error:
          log.append(f"timeout {type(error.__cause__).__name__ if sys.version_info >= (3, 12) else ''}")

  async def timeout(f):
      if sys.version_info < (3, 11):
          return
      try:
          async with asyncio.timeout(0.005) as scope:
              await wrap(f, Started())
      except TimeoutError:
          log.append(f"timeout {scope.expired()} {asyncio.current_task().cancelling()}")

  async def task_group(f):
      if sys.version_info < (3, 11):
          return
      async def fails(started):
          await started.event.wait()
          raise ValueError("one of them")
      try:
          async with asyncio.TaskGroup() as group:
              started = Started()
              group.create_task(wrap(f, started))
              group.create_task(fails(started))
      except Exception as errors:
          log.append(f"group {[type(error).__name__ for error in errors.exceptions]} {asyncio.current_task().cancelling()}")

  async def uncancel(f):
      if sys.version_info < (3, 11):
          return
      async def stubborn(started):
          try:
              await f(started)
          except asyncio.CancelledError:
              log.append(f"count {asyncio.current_task().cancelling()}")
              log.append(f"left {asyncio.current_task().uncancel()}")
          await asyncio.sleep(0)
          return "went on"
      started = Started()
      task = asyncio.ensure_future(stubborn(started))
      await started.event.wait()
      await asyncio.sleep(0)
      task.cancel()
      log.append(await task)

  async def gather(f):
      tasks = [await running(f) for _ in range(3)]
      everything = asyncio.gather(*tasks)
      await asyncio.sleep(0)
      everything.cancel()
      try:
          await everything
      except asyncio.CancelledError:
          await asyncio.gather(*tasks, return_exceptions=True)
          log.append(str([task.cancelled() for task in tasks]))

  async def nested(f):
      async def outer(started):
          async def inner():
              return await wrap(f, started)
          return await asyncio.ensure_future(inner())
      started = Started()
      task = asyncio.ensure_future(outer(started))
      await started.event.wait()
      await asyncio.sleep(0)
      task.cancel("deep")
      try:
          await task
      except asyncio.CancelledError:
          log.append("ended")

  async def directly(f):
      started = Started()
      task = asyncio.get_running_loop().create_task(f(started))
      await started.event.wait()
      await asyncio.sleep(0)
      task.cancel()
      try:
          await task
      except asyncio.CancelledError:
          log.append(f"task {task.cancelled()}")

  async def shield(f):
      task = await running(f)
      outer = asyncio.ensure_future(asyncio.shield(task))
      await asyncio.sleep(0)
      outer.cancel()
      try:
          await outer
      except asyncio.CancelledError:
          log.append(f"outer only {task.done()}")
      task.cancel()
      try:
          await task
      except asyncio.CancelledError:
          log.append("now both")

  async def scopes(f):
      if anyio is None:
          return
      with anyio.move_on_after(0.005) as scope:
          await wrap(f, Started())
      log.append(f"scope {scope.cancel_called}")
      async with anyio.create_task_group() as group:
          started = Started()
          group.start_soon(wrap, f, started)
          await started.event.wait()
          group.cancel_scope.cancel()
      log.append("group left")

  async def run(name, f):
      log.clear()
      await globals()[name](f if f is not None else native)
      await asyncio.sleep(0)
      return "\\n".join(log)
`;

const finishing = `
  import asyncio
  async def finish(f):
      await f()
  async def cancel(f):
      task = asyncio.ensure_future(finish(f))
      await asyncio.sleep(0)
      task.cancel()
      await asyncio.wait([task])
`;

export const signals: Topic = ({ api, test, load, settle }) => {
  const { getCurrentSignal, intoPromise, promiseIntoPy, python, scope } = api;

  /** A JS function that Python calls: says that it has started, and never ends unless it is aborted. */
  const sleeper =
    (log: (text: string) => void, seen: (signal: AbortSignal) => void = () => undefined) =>
    (started: () => void): Promise<never> =>
      new Promise((_, reject) => {
        const signal = getCurrentSignal();
        seen(signal);
        signal.addEventListener("abort", () => {
          log("aborted");
          reject(signal.reason as Error);
        });
        started();
      });

  // The first call of getCurrentSignal in this program: what a later one finds must not depend on that.
  test("the signal is the same after an await, in functions below, and differs from call to call", async () => {
    const module = load(`
      import asyncio
      async def both(f):
          return await asyncio.gather(f(), f())
      async def one(f):
          return await f()
    `);
    const below = async (): Promise<AbortSignal> => {
      await turn();
      return getCurrentSignal();
    };
    const f = async (): Promise<AbortSignal> => {
      const mine = getCurrentSignal();
      assert.equal(getCurrentSignal(), mine);
      await Promise.resolve();
      assert.equal(getCurrentSignal(), mine);
      assert.equal(await below(), mine);
      await later(null);
      assert.equal(getCurrentSignal(), mine);
      assert.equal(await scope(api.getCurrentLocals(), below), mine);
      return mine;
    };
    const alone = await module.one(f);
    const [first, second] = [...(await module.both(f))] as AbortSignal[];
    assert.ok(alone instanceof AbortSignal && first instanceof AbortSignal);
    assert.notEqual(first, second);
    assert.notEqual(first, alone);
    assert.equal(await module.one(below).then((signal: AbortSignal) => signal === alone), false);
  });

  test("outside of any call the signal never aborts", async () => {
    assert.equal(getCurrentSignal().aborted, false);
    await later(null);
    assert.equal(getCurrentSignal().aborted, false);
  });

  test("what goes on after the end of its call finds the same signal, or one in the same state", async () => {
    const module = load(finishing);
    const stateAfter = async (how: "finish" | "cancel", hold: boolean): Promise<[boolean, boolean, string | undefined]> => {
      const end = Promise.withResolvers<void>();
      const over = Promise.withResolvers<void>();
      let found: Promise<AbortSignal> | undefined;
      let held: AbortSignal | undefined;
      await module[how](() => {
        getCurrentSignal().addEventListener("abort", () => undefined);
        if (hold) held = getCurrentSignal();
        found = over.promise.then(() => getCurrentSignal());
        if (how === "finish") end.resolve();
        return end.promise;
      });
      end.resolve();
      await settle();
      over.resolve();
      const signal = await found!;
      return [signal.aborted, !hold || signal === held, (signal.reason as Error | undefined)?.name];
    };
    for (const hold of [true, false]) {
      assert.deepEqual(await stateAfter("finish", hold), [false, true, undefined]);
      assert.deepEqual(await stateAfter("cancel", hold), [true, true, "AbortError"]);
    }
  });

  test("a function that promiseIntoPy runs has one and the same signal", async () => {
    let same = false;
    const future = promiseIntoPy(async ({ signal }) => {
      await Promise.resolve();
      same = getCurrentSignal() === signal;
    });
    await future;
    assert.equal(same, true);
  });

  test("the reason is an AbortError with Python's message and CancelledError as its cause", async () => {
    const module = load(scenarios);
    let signal: AbortSignal | undefined;
    await module.run(
      "cancel",
      sleeper(
        () => undefined,
        (mine) => (signal = mine),
      ),
    );
    const reason = signal!.reason as Error;
    assert.equal(reason.name, "AbortError");
    assert.equal(reason.message, "enough");
    assert.ok(reason instanceof Error);
    assert.ok(api.isPyError(reason.cause));
    assert.equal(reason.cause.name, "CancelledError");
    assert.equal(reason.cause.message, "enough");
  });

  test("the reason's cause has the arguments that Python gave, and is one error however often it is read", async () => {
    const module = load(`
      import asyncio
      class Why:
          def __str__(self): return "in words"
      why = Why()
      async def main(f, *message):
          task = asyncio.ensure_future(f())
          await asyncio.sleep(0)
          task.cancel(*message)
          await asyncio.wait([task])
      def is_it(error, *args):
          return type(error) is asyncio.CancelledError and error.args == args and error.__traceback__ is None
    `);
    for (const [given, message] of [
      [["enough"], "enough"],
      [[], "Python cancelled the task that waited for this"],
      [[""], "Python cancelled the task that waited for this"],
      [[module.why], "in words"],
    ] as const) {
      let signal: AbortSignal | undefined;
      const forever = (): Promise<never> => {
        signal = getCurrentSignal();
        return new Promise(() => undefined);
      };
      await module.main(forever, ...given);
      const reason = signal!.reason as Error;
      assert.deepEqual([reason.name, reason.message], ["AbortError", message]);
      assert.ok(api.isPyError(reason.cause));
      assert.equal(module.is_it(reason.cause.value, ...given), true);
      assert.equal(reason.cause, reason.cause);
      assert.match(String(reason.stack ?? reason), /^AbortError: /);
    }
  });

  for (const name of ["cancel", "wait_for", "timeout", "task_group", "uncancel", "gather", "nested", "directly", "shield", "scopes"]) {
    test(`${name}: a JS function is cancelled as a native coroutine is`, async () => {
      const module = load(scenarios);
      const expected = await module.run(name, null);
      let aborted = 0;
      const f = sleeper((text) => {
        aborted++;
        module.log.append(text);
      });
      const actual = await module.run(name, f);
      // A native coroutine learns of it where it waits, a JS function beside what waits for it: the lines may change places.
      const lines = (text: string): string[] =>
        text
          .replaceAll(/cancel scope [0-9a-f]+|Task-\d+/g, "")
          .split("\n")
          .sort();
      assert.deepEqual(lines(actual), lines(expected));
      assert.equal(aborted, expected.split("aborted").length - 1);
    });
  }

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

  test("a JS function that throws at once leaves no signal behind", async () => {
    const module = load("async def main(f): return await f()");
    const fail = (): never => {
      getCurrentSignal();
      throw new Error("at once");
    };
    assert.equal((await caught(() => module.main(fail))).message, "at once");
    assert.equal(getCurrentSignal().aborted, false);
    await settle();
  });
};
