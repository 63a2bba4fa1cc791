/** The behaviour of the seeds' own tests that applies to one thread. */
import assert from "node:assert/strict";
import { caught, later } from "../py.ts";
import type { Topic } from "../suite.ts";

export const pyo3Parity: Topic = ({ api, test, load }) => {
  const { intoPromise, promiseIntoPy, python } = api;

  test("intoPromise converts a coroutine", async () => {
    const module = load(`
      import asyncio
      async def sleep_for(seconds):
          await asyncio.sleep(seconds)
          return seconds
    `);
    assert.equal(await intoPromise(module.sleep_for(0.01)), 0.01);
  });

  test("asyncio.sleep is awaited as it is and returns its result", async () => {
    const asyncio = python.import("asyncio");
    assert.equal(await asyncio.sleep(0.001, "slept"), "slept");
    assert.equal(await intoPromise(asyncio.sleep(0.001)), null);
  });

  test("promiseIntoPy converts a promise", async () => {
    const module = load(`
      async def wait_for(future):
          return ["py", await future]
    `);
    const list = await module.wait_for(promiseIntoPy(later("js")));
    assert.deepEqual(python.toJs(list), ["py", "js"]);
  });

  test("promiseIntoPy gives an asyncio.Future of the current loop", async () => {
    const module = load(`
      import asyncio
      def facts(future):
          return [asyncio.isfuture(future), isinstance(future, asyncio.Future)]
      async def same_loop(future):
          result = future.get_loop() is asyncio.get_running_loop()
          await future
          return result
    `);
    const future = promiseIntoPy(later(1));
    assert.deepEqual(python.toJs(module.facts(future)), [true, true]);
    assert.equal(await module.same_loop(future), true);
  });

  test("a Task, a Future and run_in_executor are awaitables as well", async () => {
    const module = load(`
      import asyncio, time
      async def value():
          await asyncio.sleep(0)
          return "task"
      def task(loop):
          return loop.create_task(value())
      def future(loop):
          future = loop.create_future()
          loop.call_later(0.001, future.set_result, "future")
          return future
      def executor(loop):
          def work():
              time.sleep(0.005)
              return "executor"
          return loop.run_in_executor(None, work)
      class Custom:
          def __await__(self):
              yield from asyncio.sleep(0).__await__()
              return "custom"
      def nothing_but_await():
          return Custom()
      async def items():
          yield 1
          yield 2
      def asend(agen):
          return agen.asend(None)
    `);
    const loop = api.getCurrentLoop();
    assert.equal(await module.task(loop), "task");
    assert.equal(await module.future(loop), "future");
    assert.equal(await module.executor(loop), "executor");
    assert.equal(await module.nothing_but_await(), "custom");
    assert.equal(await module.asend(module.items()), 1);
  });

  test("cancelling the Python future aborts the function and drops its result", async () => {
    let aborted = false;
    let completed = false;
    let proceed = (): void => undefined;
    const told = new Promise<void>((resolve) => (proceed = resolve));
    const future = promiseIntoPy(async ({ signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      await told;
      completed = true;
      return "dropped";
    });
    const promise = intoPromise(future);
    load(`
      def cancel(future):
          future.cancel()
    `).cancel(future);
    const error = await caught(() => promise);
    assert.ok(error instanceof api.PyError);
    assert.equal(error.name, "CancelledError");
    assert.equal(aborted, true);
    proceed();
    await later(null);
    assert.equal(completed, true);
  });

  test("a function that rejects with its signal's reason is cancelled quietly", async () => {
    const future = promiseIntoPy(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    const module = load(`
      import asyncio
      async def main(future):
          asyncio.get_running_loop().call_soon(future.cancel)
          try:
              await future
          except asyncio.CancelledError:
              return "cancelled"
    `);
    assert.equal(await module.main(future), "cancelled");
  });

  test("an exception becomes a rejection and a throw becomes JsError", async () => {
    const module = load(`
      import interloop
      async def fails():
          raise ValueError("from Python")
      async def catches(future):
          try:
              await future
          except interloop.JsError as error:
              return [error.name, error.message, str(error), bool(error.stack)]
    `);
    const error = await caught(() => module.fails());
    assert.ok(error instanceof api.PyError);
    assert.equal(error.name, "ValueError");
    assert.equal(error.message, "from Python");
    const failing = promiseIntoPy(async () => {
      throw new RangeError("from JS");
    });
    assert.deepEqual(python.toJs(await module.catches(failing)), ["RangeError", "from JS", "RangeError: from JS", true]);
  });

  test("contextvars of the caller are seen by the coroutine and by what it awaits", async () => {
    const module = load(`
      import asyncio, contextvars
      variable = contextvars.ContextVar("variable", default="unset")
      async def read():
          return variable.get()
      async def main(through_js):
          variable.set("set by main")
          return [variable.get(), await through_js(read), await asyncio.create_task(read())]
    `);
    const throughJs = async (read: () => PromiseLike<string>): Promise<string> => await read();
    assert.deepEqual(python.toJs(await module.main(throughJs)), ["set by main", "set by main", "set by main"]);
    assert.equal(await module.read(), "unset");
  });

  test("many conversions at once each settle with their own value", async () => {
    const module = load(`
      import asyncio
      async def give(value):
          await asyncio.sleep(0 if value % 2 else 0.001)
          return value
      async def gather(function, count):
          return await asyncio.gather(*[function(i) for i in range(count)])
    `);
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    assert.deepEqual(await Promise.all(numbers.map((number) => module.give(number))), numbers);
    const doubled = await module.gather(async (number: number) => later(number * 2, number % 3), 500);
    assert.deepEqual(
      python.toJs(doubled),
      numbers.map((number) => number * 2),
    );
  });
};
