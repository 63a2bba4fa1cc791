/** A wait that cannot end is refused; one that can is none of our business. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const deadlockDetection: Topic = ({ api, test, load }) => {
  const { promiseIntoPy, python } = api;

  const code = `
    import asyncio, threading
    async def sleeps():
        await asyncio.sleep(0.001)
        return "done"
    def run():
        return asyncio.run(sleeps())
    async def waits(f):
        return await f()
    def run_js(f):
        return asyncio.run(waits(f))
    def run_caught(f):
        async def main():
            try:
                await f()
            except BaseException as error:
                return [type(error).__name__, getattr(error, "code", None), str(error)]
        return asyncio.run(main())
    def drive(loop, f):
        return loop.run_until_complete(waits(f))
    async def wait_future(future):
        return await future
    def run_future(future):
        return asyncio.run(wait_future(future))
    def run_task(f):
        async def main():
            return await asyncio.create_task(waits(f))
        return asyncio.run(main())
    def run_gather(f):
        async def main():
            return await asyncio.gather(f(), f())
        return asyncio.run(main())
    def own_loop():
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(sleeps())
        finally:
            loop.close()
  `;

  test("asyncio.run on the JS thread works when it waits for nothing of JS", () => {
    const module = load(code);
    assert.equal(module.run(), "done");
    assert.equal(module.own_loop(), "done");
  });

  test("asyncio.run may call synchronous JS functions", () => {
    const module = load(`
      import asyncio
      def run(f):
          async def main():
              await asyncio.sleep(0)
              return f(2)
          return asyncio.run(main())
    `);
    assert.equal(
      module.run((n: number) => n * 2),
      4,
    );
  });

  test("asyncio.run that would wait for a promise of this thread is refused with the reason", async () => {
    const module = load(code);
    const pending = (): Promise<unknown> => later("never in time");
    for (const run of [module.run_js, module.run_task, module.run_gather] as Py[]) {
      const error = await caught(() => run(pending));
      assert.equal(error.code ?? error.value?.code, "would-deadlock", String(error));
      assert.ok(error.message.length > 20);
    }
    const [type, errorCode, message] = [...module.run_caught(pending)];
    assert.equal(type, "InterloopError");
    assert.equal(errorCode, "would-deadlock");
    assert.ok(message.length > 20);
    await later(null, 3);
  });

  test("an async JS function that has nothing to wait for is refused as well: promises settle later", async () => {
    const module = load(code);
    const error = await caught(() => module.run_js(async () => 1));
    assert.equal(error.code ?? error.value?.code, "would-deadlock", String(error));
  });

  test("driving the guest loop itself from a call works, and is refused when it waits for JS", async () => {
    const module = load(code);
    const loop = api.getCurrentLoop();
    const drive = load(`
      import asyncio
      def drive(loop):
          return loop.run_until_complete(asyncio.sleep(0.001, "driven"))
    `);
    assert.equal(drive.drive(loop), "driven");
    const error = await caught(() => module.drive(loop, () => later(1)));
    assert.equal(error.code ?? error.value?.code, "would-deadlock", String(error));
    assert.equal(await load("import asyncio\nasync def main(): return await asyncio.sleep(0.001, 'again')").main(), "again");
    await later(null, 3);
  });

  test("a future that only JS settles cannot be waited for by driving the guest loop", async () => {
    const module = load(`
      import asyncio
      async def wait(future):
          return await future
      def drive(loop, future):
          return loop.run_until_complete(future)
      def drive_task(loop, future):
          return loop.run_until_complete(wait(future))
      def drive_both(loop, first, second):
          return loop.run_until_complete(asyncio.gather(first, second))
    `);
    const loop = api.getCurrentLoop();
    const future = (): unknown => promiseIntoPy(later("js", 20));
    for (const drive of [() => module.drive(loop, future()), () => module.drive_task(loop, future()), () => module.drive_both(loop, future(), future())]) {
      const error = await caught(drive);
      assert.equal(error.code ?? error.value?.code, "would-deadlock", String(error));
    }
    assert.equal(await module.wait(future()), "js");
    await later(null, 30);
  });

  test("a wait for what this thread's own event loop would do is refused", async () => {
    const module = load(`
      import asyncio
      async def work():
          return 1
      def wait(loop, *timeout):
          return asyncio.run_coroutine_threadsafe(work(), loop).result(*timeout)
    `);
    const loop = api.getCurrentLoop();
    for (const timeout of [[], [3600]]) {
      const error = await caught(() => module.wait(loop, ...timeout));
      assert.equal(error.code ?? error.value?.code, "would-deadlock", String(error));
    }
    await later(null, 3);
  });

  test("a wait for a thread that waits for JS is refused, and the thread's call is answered afterwards", async () => {
    const module = load(`
      import concurrent.futures, queue, threading
      def event(call):
          event = threading.Event()
          threading.Thread(target=lambda: (call(), event.set())).start()
          event.wait()
      def item(call):
          items = queue.Queue()
          threading.Thread(target=lambda: items.put(call())).start()
          return items.get()
      def result(call):
          global executor
          executor = concurrent.futures.ThreadPoolExecutor(1)
          return executor.submit(call).result()
    `);
    for (const wait of [module.event, module.item, module.result] as Py[]) {
      const called = Promise.withResolvers<string>();
      const error = await caught(() => wait(() => called.resolve("called")));
      assert.equal(error.code ?? error.value?.code, "would-deadlock", String(error));
      assert.equal(await called.promise, "called");
    }
    module.executor.shutdown();
  });

  test("waits for threads that do something else end as in Python", () => {
    const module = load(`
      import queue, threading, time
      def event():
          event = threading.Event()
          threading.Timer(0.2, event.set).start()
          return event.wait()
      def item():
          items = queue.Queue()
          threading.Thread(target=lambda: (time.sleep(0.2), items.put("item"))).start()
          return items.get()
      def nothing():
          return threading.Event().wait(1.05)
    `);
    assert.equal(module.event(), true);
    assert.equal(module.item(), "item");
    assert.equal(module.nothing(), false);
  });

  test("a future of the guest loop cannot be awaited by another loop", async () => {
    const module = load(code);
    const future = promiseIntoPy(later(1));
    const error = await caught(() => module.run_future(future));
    assert.ok(error instanceof Error);
    await later(null, 3);
  });

  test("asyncio.run inside a running Task is Python's own error", async () => {
    const module = load(`
      import asyncio
      async def main(js):
          return js()
      def run():
          coroutine = asyncio.sleep(0)
          try:
              asyncio.run(coroutine)
          finally:
              coroutine.close()
    `);
    const error = await caught(() => module.main(() => module.run()));
    assert.equal(error.name, "RuntimeError");
    assert.match(error.message, /cannot be called from a running event loop/);
  });

  test("after a refusal everything goes on", async () => {
    const module = load(code);
    await caught(() => module.run_js(() => later(1)));
    assert.equal(module.run(), "done");
    assert.equal(await module.sleeps(), "done");
    assert.equal(await module.waits(() => later("js")), "js");
    assert.deepEqual(python.toJs(python.eval("[1]") as Py), [1]);
  });
};
