/** Whatever cancels a native coroutine aborts the signal of a JS function in its place, and Python goes on as if it had been one. */
import assert from "node:assert/strict";
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

export const abortsAsNative: Topic = ({ api, test, load }) => {
  const { getCurrentSignal } = api;

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
};
