/** What the body of a source sees, above all between two awaits, against the same source read by asyncio itself. */
import assert from "node:assert/strict";
import { caught, later, turn, type Py } from "../../py.ts";
import type { Topic } from "../../suite.ts";
import { collect, marks, range } from "./fixtures.ts";

const bodies = `
  import asyncio, contextvars
  variable = contextvars.ContextVar("variable", default=0)

  async def read(source):
      items = []
      try:
          async for item in source:
              items.append(item)
      except Exception as error:
          items.append(repr(error))
      return items

  async def context_changes():
      for i in range(60):
          if i % 7 == 0:
              variable.set(variable.get() + 1)
          if i % 20 == 19:
              await asyncio.sleep(0)
          yield variable.get()

  async def one_task():
      task = asyncio.current_task()
      for i in range(60):
          if i % 25 == 24:
              await asyncio.sleep(0.001)
          yield asyncio.current_task() is task and not task.done() and task in asyncio.all_tasks()

  async def waits_in_between():
      for i in range(60):
          future = asyncio.get_running_loop().create_future()
          if i % 9 == 8:
              asyncio.get_running_loop().call_soon(future.set_result, i)
              yield await future
          elif i % 13 == 12:
              asyncio.get_running_loop().call_soon(future.set_exception, KeyError(i))
              try:
                  await future
              except KeyError as error:
                  yield str(error)
          else:
              yield -1

  async def late_error():
      for i in range(40):
          yield i
      raise LookupError("late")

  async def starts_tasks():
      done = []
      async def note(i):
          done.append(i)
      tasks = []
      for i in range(40):
          tasks.append(asyncio.create_task(note(i)))
          yield i
      await asyncio.gather(*tasks)
      yield str(done)

  async def cancels_itself_and_waits():
      for i in range(40):
          if i == 25:
              asyncio.current_task().cancel("mine")
              inner = asyncio.create_task(asyncio.sleep(60))
              try:
                  await inner
              except asyncio.CancelledError:
                  if hasattr(asyncio.Task, "uncancel"):
                      asyncio.current_task().uncancel()
                  yield "inner cancelled" if inner.cancelled() else "inner left"
          yield i

  async def cancels_itself_before_what_is_done():
      for i in range(40):
          if i == 25:
              asyncio.current_task().cancel()
              try:
                  await asyncio.sleep(0)
                  await asyncio.sleep(60)
              except asyncio.CancelledError:
                  if hasattr(asyncio.Task, "uncancel"):
                      asyncio.current_task().uncancel()
                  yield "cancelled"
          yield i

  async def times_out():
      for i in range(20):
          yield i
      try:
          await asyncio.wait_for(asyncio.sleep(60), 0.001)
      except asyncio.TimeoutError:
          yield "first"
      for i in range(20):
          yield i
      if hasattr(asyncio, "timeout"):
          try:
              async with asyncio.timeout(None) as timeout:
                  for i in range(20):
                      yield i
                  # Not before: it would strike between two items on a slow machine, and then it is the reader's.
                  timeout.reschedule(asyncio.get_running_loop().time() + 0.001)
                  await asyncio.sleep(60)
          except TimeoutError:
              pass
      yield "second"
`;
const names = [
  "context_changes",
  "one_task",
  "waits_in_between",
  "starts_tasks",
  "cancels_itself_and_waits",
  "cancels_itself_before_what_is_done",
  "times_out",
] as const;

export const intoJsBody: Topic = ({ api, test, load }) => {
  const { intoAsyncIterable, python } = api;

  for (const name of names) {
    test(`as at home: ${name.replaceAll("_", " ")}`, async () => {
      const module = load(bodies);
      const expected: unknown = python.toJs(await module.read(module[name]()));
      for (const highWaterMark of [...marks, 100]) {
        assert.deepEqual(await collect(intoAsyncIterable(module[name](), { highWaterMark })), expected, `mark ${highWaterMark}`);
      }
    });
  }

  test("an error between two awaits comes behind the items", async () => {
    for (const highWaterMark of [...marks, 100]) {
      const items: unknown[] = [];
      const error = await caught(async () => {
        for await (const item of intoAsyncIterable(load(bodies).late_error(), { highWaterMark })) items.push(item);
      });
      assert.equal(error.message, "late");
      assert.deepEqual(items, range(40));
    }
  });

  test("a source that cancels its Task and makes more items has ended when the batch is full", async () => {
    const module = load(`
      import asyncio
      log = []
      async def cancels():
          try:
              for i in range(1000):
                  if i == 20:
                      asyncio.current_task().cancel("mine")
                  yield i
          finally:
              await asyncio.sleep(0)
              log.append("closed")
    `);
    for (const highWaterMark of [1, 16]) {
      const items: unknown[] = [];
      const error = await caught(async () => {
        for await (const item of intoAsyncIterable(module.cancels(), { highWaterMark })) items.push(item);
      });
      assert.ok(api.isPyError(error));
      assert.equal(error.name, "CancelledError");
      assert.ok(items.length >= 21 && items.length <= 32, `${items.length} items`);
      assert.deepEqual(items, range(items.length));
    }
    assert.deepEqual(python.toJs(module.log), ["closed", "closed"]);
  });

  test("JavaScript that the source calls may close the stream, or ask for more", async () => {
    const module = load(`
      import asyncio
      log = []
      async def calls(function):
          try:
              for i in range(1000):
                  function(i)
                  yield i
          finally:
              log.append("closed")
    `);
    for (const at of [3, 20, 32]) {
      let left: Promise<unknown> | undefined;
      const iterator = intoAsyncIterable<number>(module.calls((i: number) => void (i === at && (left = iterator.return!()))));
      const items: number[] = [];
      for await (const item of iterator) items.push(item);
      assert.deepEqual(await left, { done: true, value: undefined });
      assert.deepEqual(items, range(items.length));
    }
    assert.deepEqual(python.toJs(module.log), ["closed", "closed", "closed"]);
    const asked: Promise<IteratorResult<number>>[] = [];
    const greedy = intoAsyncIterable<number>(module.calls((i: number) => void (i % 5 === 0 && i < 100 && asked.push(greedy.next()))));
    for (let count = 0; count < 60; count++) await greedy.next();
    const answers = await Promise.all(asked);
    assert.equal(new Set(answers.map(({ value }) => value as number)).size, answers.length);
    await greedy.return!();
  });

  test("what a source awaits is awaited by its Task, also of several streams at once", async () => {
    const module = load(`
      import asyncio
      async def slow(name):
          for i in range(100):
              if i % 10 == 9:
                  await asyncio.sleep(0.0001 * name)
              yield i
    `);
    const all = await Promise.all(range(5).map((name) => collect(intoAsyncIterable(module.slow(name)))));
    for (const items of all) assert.deepEqual(items, range(100));
  });

  test("a stream that is read a little at a time, and left between two batches, is closed", async () => {
    for (const count of [16, 17, 31, 32, 33, 48]) {
      const module = load(`
        log = []
        async def endless():
            i = 0
            try:
                while True:
                    yield i
                    i += 1
            finally:
                log.append("closed")
      `);
      const iterator = intoAsyncIterable<number>(module.endless());
      for (const expected of range(count)) {
        if (expected % 10 === 0) await turn();
        assert.equal((await iterator.next()).value, expected);
      }
      await later(null, 1);
      await iterator.return!();
      assert.deepEqual(python.toJs(module.log as Py), ["closed"]);
    }
  });
};
