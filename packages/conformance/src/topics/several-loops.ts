/** Several loops at once: the environment's own, loops that the program drives on this thread, and loops on Python's threads; and loops that close under a crossing. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const threads = `
  import asyncio, threading
  class Runner:
      """A loop on a thread of its own."""
      def __init__(self, factory=asyncio.new_event_loop):
          self.loop = factory()
          self.thread = threading.Thread(target=self.run)
          self.thread.start()
      def run(self):
          self.loop.run_forever()
          for task in asyncio.all_tasks(self.loop):
              task._log_destroy_pending = False
          self.loop.close()
      def stop(self):
          self.loop.call_soon_threadsafe(self.loop.stop)
      def join(self):
          self.thread.join()
`;

export const severalLoops: Topic = ({ api, test, load }) => {
  const { getCurrentLocals, getCurrentLoop, getCurrentSignal, intoPromise, promiseIntoPy, python, scope, TaskLocals } = api;

  test("loops on threads and the default one, each with its own locals", async () => {
    const module = load(`${threads}
  import contextvars
  variable = contextvars.ContextVar("variable", default="none")
  def context(value):
      copy = contextvars.copy_context()
      copy.run(variable.set, value)
      return copy
  async def where(expected):
      await asyncio.sleep(0.001)
      return [asyncio.get_running_loop() is expected, variable.get()]
    `);
    const runners: Py[] = [module.Runner(), module.Runner(), module.Runner()];
    try {
      const all = runners.map(async (runner, index) => {
        const locals = new TaskLocals(runner.loop).withContext(module.context(`thread ${index}`));
        return scope(locals, async () => {
          const seen: unknown[] = [];
          for (let round = 0; round < 10; round++) {
            assert.ok(python.is(getCurrentLoop(), runner.loop));
            seen.push(python.toJs(await intoPromise(module.where(runner.loop))));
          }
          return seen;
        });
      });
      const here = intoPromise(module.where(getCurrentLoop()));
      const found = await Promise.all(all);
      for (const [index, seen] of found.entries())
        assert.deepEqual(
          seen,
          Array.from({ length: 10 }, () => [true, `thread ${index}`]),
        );
      assert.deepEqual(python.toJs(await here), [true, "none"]);
    } finally {
      for (const runner of runners) runner.stop();
      for (const runner of runners) runner.join();
    }
  });

  test("promises on a thread's loop: results, rejections, cancellation", async () => {
    const module = load(`${threads}
  async def wait(future):
      return await future
  async def cancelled(future):
      asyncio.get_running_loop().call_soon(future.cancel, "from there")
      try:
          await future
      except asyncio.CancelledError:
          return "cancelled"
    `);
    const runner = module.Runner();
    const locals = new TaskLocals(runner.loop);
    try {
      const done = promiseIntoPy(async () => later("done", 3), { locals });
      assert.equal(await intoPromise(module.wait(done), { locals }), "done");
      const mine = new Error("mine");
      const failing = promiseIntoPy(
        async () => {
          await later(null, 2);
          throw mine;
        },
        { locals },
      );
      assert.equal(await caught(() => intoPromise(module.wait(failing), { locals })), mine);
      let told: (reason: Error) => void = () => undefined;
      const reason = new Promise<Error>((resolve) => (told = resolve));
      const slow = promiseIntoPy(
        async () => {
          const signal = getCurrentSignal();
          await new Promise<void>((resolve) => {
            signal.addEventListener("abort", () => {
              told(signal.reason as Error);
              resolve();
            });
          });
        },
        { locals },
      );
      assert.equal(await intoPromise(module.cancelled(slow), { locals }), "cancelled");
      assert.equal((await reason).message, "from there");
    } finally {
      runner.stop();
      runner.join();
    }
  });

  test("a loop that the program drives on this thread: JS called by it has its locals", async () => {
    const module = load(`
      import asyncio
      async def inner(value):
          await asyncio.sleep(0)
          return value
      async def main(f):
          loop = asyncio.get_running_loop()
          return await f(loop)
      def run(f):
          loop = asyncio.new_event_loop()
          try:
              return loop.run_until_complete(main(f))
          finally:
              loop.close()
    `);
    let same = false;
    let started: Promise<unknown> | undefined;
    const result = module.run((loop: Py) => {
      same = python.is(getCurrentLoop(), loop) && python.is(getCurrentLocals().eventLoop, loop);
      started = intoPromise(module.inner("in that loop"));
      return module.inner("done");
    });
    assert.equal(result, "done");
    assert.equal(same, true);
    assert.equal(await started, "in that loop");
  });

  test("a conversion for a loop that runs later waits for it", async () => {
    const module = load(`
      import asyncio
      loop = asyncio.new_event_loop()
      async def value():
          await asyncio.sleep(0.001)
          return "late"
      def run():
          loop.run_until_complete(asyncio.sleep(0.005))
          loop.close()
    `);
    const promise = intoPromise(module.value(), { locals: new TaskLocals(module.loop) });
    await later(null);
    module.run();
    assert.equal(await promise, "late");
  });

  test("asyncio.run on threads inside asyncio.run on threads, awaiting JS at every depth", async () => {
    const module = load(`
      import asyncio
      async def deep(js, depth):
          if depth == 0:
              return [await js(0)]
          first = await js(depth)
          rest = await asyncio.get_running_loop().run_in_executor(None, lambda: asyncio.run(deep(js, depth - 1)))
          return [first] + rest
    `);
    const name = "several_loops_nested";
    const exported = api.pymodule(name, { js: async (depth: number) => later(depth) });
    try {
      assert.deepEqual(python.toJs(await module.deep(exported.js, 4)), [4, 3, 2, 1, 0]);
    } finally {
      load("import sys\ndef forget(name): sys.modules.pop(name, None)").forget(name);
    }
  });

  test("a loop of a thread that closes rejects what was in flight there, at once", async () => {
    const module = load(`${threads}
  async def forever():
      await asyncio.sleep(3600)
    `);
    const runner = module.Runner();
    const locals = new TaskLocals(runner.loop);
    const conversion = caught(() => intoPromise(module.forever(), { locals }));
    let aborted: unknown;
    const future = promiseIntoPy(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            aborted = signal.reason;
            resolve(null);
          });
        }),
      { locals },
    );
    await later(null, 5);
    runner.stop();
    assert.equal((await conversion).code, "loop-closed");
    while (aborted === undefined) await later(null);
    assert.equal((aborted as { code: string }).code, "loop-closed");
    assert.equal(future.done(), true);
    runner.join();
  });

  test("a loop of this thread that is closed under a crossing rejects it", async () => {
    const module = load(`
      import asyncio
      loop = asyncio.new_event_loop()
      async def forever():
          await asyncio.sleep(3600)
      def turn_and_close():
          loop.run_until_complete(asyncio.sleep(0))
          for task in asyncio.all_tasks(loop):
              task._log_destroy_pending = False
          loop.close()
    `);
    const conversion = caught(() => intoPromise(module.forever(), { locals: new TaskLocals(module.loop) }));
    module.turn_and_close();
    assert.equal((await conversion).code, "loop-closed");
  });

  test("a loop that is closed already is refused, both ways", async () => {
    const module = load(`
      import asyncio
      loop = asyncio.new_event_loop()
      loop.close()
      async def value():
          return 1
      def wrap(coroutine):
          """An awaitable that may be dropped."""
          coroutine.close()
          return type("Awaitable", (), {"__await__": lambda self: iter(())})()
    `);
    const locals = new TaskLocals(module.loop);
    const coroutine = module.value();
    assert.equal((await caught(() => intoPromise(module.wrap(coroutine), { locals }))).code, "loop-closed");
    assert.equal((await caught(() => promiseIntoPy(Promise.resolve(1), { locals }))).code, "loop-closed");
  });

  test("a promise that settles after its loop was closed is dropped quietly", async () => {
    const module = load(`${threads}
  async def wait(future):
      return await future
    `);
    const runner = module.Runner();
    const locals = new TaskLocals(runner.loop);
    let settle: (value: string) => void = () => undefined;
    const future = promiseIntoPy(new Promise<string>((resolve) => (settle = resolve)), { locals });
    const waiting = caught(() => intoPromise(module.wait(future), { locals }));
    await later(null, 3);
    runner.stop();
    runner.join();
    settle("too late");
    assert.equal((await waiting).code, "loop-closed");
    await later(null, 3);
  });
};
