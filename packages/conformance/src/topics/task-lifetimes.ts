/** A conversion holds the Task that it waits for: asyncio's loop does so only weakly, and the Future that a Task waits for may be held by that Task alone. */
import assert from "node:assert/strict";
import { until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

/** `complete()` collects garbage, then sets the result of the Future that was created last. Nothing but the waiting Task holds that Future. */
const code = `
  import asyncio, gc, threading, weakref
  futures = []
  async def wait():
      future = asyncio.get_running_loop().create_future()
      futures.append(weakref.ref(future))
      return await future
  async def numbers():
      yield await wait()
  class Awaitable:
      def __await__(self):
          return wait().__await__()
  class Iterator:
      def __aiter__(self):
          return self
      async def __anext__(self):
          return await wait()
  class Manager:
      async def __aenter__(self):
          return await wait()
      async def __aexit__(self, *error):
          await wait()
  async def call(js):
      return await js()
  def waiting():
      return len(futures) > 0
  def complete(value):
      gc.collect()
      future = futures.pop()()
      if future is None:
          return False
      future.get_loop().call_soon_threadsafe(lambda: future.done() or future.set_result(value))
      return True
  class Thread:
      def __init__(self):
          self.loop = asyncio.new_event_loop()
          self.thread = threading.Thread(target=self.loop.run_forever)
          self.thread.start()
      def stop(self):
          self.loop.call_soon_threadsafe(self.loop.stop)
          self.thread.join()
  def forget(thread):
      thread.loop = thread.thread = None
`;

export const taskLifetimes: Topic = ({ api, test, load, settle }) => {
  const { intoAsyncIterable, intoPromise, python, scope, TaskLocals } = api;

  /** Starts, then completes what is waited for, once or `times`, each after a collection. */
  async function completed(module: Py, start: () => PromiseLike<unknown>, times = 1): Promise<unknown> {
    const ended = Promise.resolve(start());
    for (let time = 0; time < times; time++) {
      await until(() => module.waiting());
      assert.equal(module.complete(7), true, "the Task was collected");
    }
    return ended;
  }

  async function first(values: AsyncIterable<unknown>): Promise<unknown> {
    for await (const value of values) return value;
    return undefined;
  }

  const starts: Record<string, (module: Py) => PromiseLike<unknown>> = {
    "a coroutine": (module) => module.wait(),
    "an awaitable": (module) => module.Awaitable(),
    intoPromise: (module) => intoPromise(module.wait()),
    "a Task": (module) => python.inLoop(() => python.import("asyncio").create_task(module.wait())),
    gather: async (module) => (await python.import("asyncio").gather(module.wait()))[0],
    shield: (module) => python.import("asyncio").shield(module.wait()),
    wait_for: (module) => python.import("asyncio").wait_for(module.wait(), 3600),
    "a JS function that Python awaits": (module) => module.call(async () => module.wait()),
    "for await over an async generator": async (module) => first(module.numbers()),
    "intoAsyncIterable of an async generator": async (module) => first(intoAsyncIterable(module.numbers())),
    __anext__: (module) => module.Iterator().__anext__(),
  };
  for (const [name, start] of Object.entries(starts)) {
    test(`${name} is not collected while JavaScript waits for it`, async () => {
      const module = load(code);
      assert.equal(await completed(module, () => start(module)), 7);
    });
  }

  test("an async context manager is not collected while it is entered or left", async () => {
    const module = load(code);
    assert.equal(await completed(module, () => python.enterAsync(module.Manager(), async (value: unknown) => value), 2), 7);
  });

  test("a Task on the loop of another thread is not collected while JavaScript waits for it", async () => {
    const module = load(code);
    const thread = module.Thread();
    assert.equal(await completed(module, () => scope(new TaskLocals(thread.loop), async () => module.wait())), 7);
    thread.stop();
    thread.loop.close();
  });

  test(
    "a loop of another thread that is dropped without having been closed rejects what waits for it",
    async () => {
      const module = load(code);
      const thread = module.Thread();
      let outcome: string | undefined;
      const listen = (error: Py): void => void (outcome = error.code);
      void intoPromise(module.wait(), { locals: new TaskLocals(thread.loop) }).catch(listen);
      await until(() => module.waiting());
      thread.stop();
      module.forget(thread);
      while (outcome === undefined) await settle();
      assert.equal(outcome, "loop-closed");
    },
    { needs: "collectGarbage" },
  );
};
