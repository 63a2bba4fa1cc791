/** AsyncLocalStorage and contextvars follow a request across the border; nobody sees another's. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { later, turn, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const context: Topic = ({ api, test, load, settle }) => {
  const { intoPromise, promiseIntoPy, python } = api;
  const needs = "asyncLocalStorage";
  const storage = new AsyncLocalStorage<{ id: number }>();
  const other = new AsyncLocalStorage<string>();

  const handlers = `
    import asyncio, contextvars, concurrent.futures, functools
    request = contextvars.ContextVar("request", default=None)

    async def handle(read, n):
        request.set(n)
        seen = [read("direct")]
        await asyncio.sleep(0.001 * (n % 5))
        seen.append(read("after sleep"))
        seen.append(await asyncio.create_task(in_task(read)))
        seen.extend(await asyncio.gather(in_task(read), in_task(read)))
        loop = asyncio.get_running_loop()
        called = loop.create_future()
        loop.call_later(0.001, lambda: called.set_result(read("call_later")))
        seen.append(await called)
        soon = loop.create_future()
        loop.call_soon(lambda: soon.set_result(read("call_soon")))
        seen.append(await soon)
        done = loop.create_future()
        task = asyncio.ensure_future(asyncio.sleep(0))
        task.add_done_callback(lambda _: done.set_result(read("done callback")))
        seen.append(await done)
        if hasattr(asyncio, "to_thread"):
            await asyncio.to_thread(int, "1")
            seen.append(read("after to_thread"))
        await loop.run_in_executor(None, functools.partial(int, "2"))
        seen.append(read("after executor"))
        async for item in items(read):
            seen.append(item)
        seen.append(await read_async(read))
        assert request.get() == n, "contextvar of another request"
        return seen

    async def read_async(read):
        return await read("async", True)

    async def in_task(read):
        await asyncio.sleep(0.001)
        return read("task")

    async def items(read):
        for i in range(2):
            await asyncio.sleep(0)
            yield read("generator")
  `;

  test(
    "200 interleaved requests, two stores: each JS callback sees its own",
    async () => {
      const module = load(handlers);
      const read = (_where: string, asynchronous = false): unknown => {
        const seen = (): string => `${storage.getStore()?.id}:${other.getStore()}`;
        if (!asynchronous) return seen();
        return (async () => {
          const before = seen();
          await turn();
          return before === seen() ? before : "changed inside an async function";
        })();
      };
      const request = (id: number): Promise<void> =>
        storage.run({ id }, () =>
          other.run(`r${id}`, async () => {
            await later(null, id % 3);
            const seen = python.toJs(await module.handle(read, id)) as string[];
            assert.deepEqual(new Set(seen), new Set([`${id}:r${id}`]), JSON.stringify(seen));
            assert.equal(storage.getStore()?.id, id);
          }),
        );
      await Promise.all(Array.from({ length: 200 }, (_, id) => request(id)));
    },
    { needs, timeout: 60_000 },
  );

  test(
    "outside a store a callback sees none, whatever runs beside it",
    async () => {
      const module = load(`
        import asyncio
        async def main(read):
            seen = []
            for _ in range(20):
                await asyncio.sleep(0.001)
                seen.append(read())
            return seen
      `);
      const read = (): unknown => storage.getStore() ?? null;
      const inside = storage.run({ id: 1 }, () => module.main(() => storage.getStore()?.id ?? null).then((value: Py) => value));
      const outside = module.main(read).then((value: Py) => value);
      assert.deepEqual(new Set(python.toJs(await outside) as unknown[]), new Set([null]));
      assert.deepEqual(new Set(python.toJs(await inside) as unknown[]), new Set([1]));
    },
    { needs },
  );

  test(
    "JS to Python to JS to Python to JS keeps the store",
    async () => {
      const module = load(`
        import asyncio
        async def outer(js):
            await asyncio.sleep(0)
            return await js()
        async def inner(js):
            await asyncio.sleep(0.001)
            return js()
      `);
      const run = (id: number): Promise<unknown> =>
        storage.run({ id }, () =>
          module.outer(async () => {
            await turn();
            return await module.inner(() => storage.getStore()?.id);
          }),
        );
      assert.deepEqual(await Promise.all([run(1), run(2), run(3)]), [1, 2, 3]);
    },
    { needs },
  );

  test(
    "a server started in one store gives its handlers that store, not the caller's of the moment",
    async () => {
      const module = load(`
        import asyncio
        callbacks = []
        async def register(callback):
            async def later():
                await asyncio.sleep(0.002)
                return callback()
            return asyncio.ensure_future(later())
      `);
      const task = await storage.run({ id: 7 }, () => module.register(() => storage.getStore()?.id ?? null));
      const seen = await storage.run({ id: 8 }, () => intoPromise(task));
      assert.equal(seen, 7);
    },
    { needs },
  );

  test(
    "a context of AsyncLocalStorage that was entered with enterWith follows as well",
    async () => {
      const module = load(`
        import asyncio
        async def main(js):
            await asyncio.sleep(0.001)
            return js()
      `);
      const run = async (id: number): Promise<unknown> => {
        await turn();
        storage.enterWith({ id });
        return await module.main(() => storage.getStore()?.id);
      };
      assert.deepEqual(await Promise.all([run(1), run(2)]), [1, 2]);
    },
    { needs },
  );

  test(
    "an interval started by a callback has the store of the callback",
    async () => {
      const module = load("async def main(js): return await js()");
      const seen = await storage.run({ id: 4 }, () =>
        module.main(async () => {
          await later(null, 2);
          return storage.getStore()?.id;
        }),
      );
      assert.equal(seen, 4);
    },
    { needs },
  );

  test(
    "the function form of promiseIntoPy runs in the store of its caller",
    async () => {
      const module = load("async def wait_for(future): return await future");
      const seen = await storage.run({ id: 6 }, () => module.wait_for(promiseIntoPy(async () => storage.getStore()?.id)));
      assert.equal(seen, 6);
    },
    { needs },
  );

  test("contextvars of a Python caller are seen by Python that JS calls, before and after an await", async () => {
    const module = load(`
      import asyncio, contextvars
      variable = contextvars.ContextVar("variable", default="unset")
      def read():
          return variable.get()
      async def read_later():
          await asyncio.sleep(0)
          return variable.get()
      async def main(js, value):
          variable.set(value)
          return await js(read, read_later)
    `);
    const js = async (read: () => string, readLater: () => PromiseLike<string>): Promise<Py> => {
      const atOnce = read();
      await turn();
      return python.toPy([atOnce, read(), await readLater()]);
    };
    const values = await Promise.all(["a", "b", "c"].map(async (value) => python.toJs(await module.main(js, value))));
    assert.deepEqual(values, [
      ["a", "a", "a"],
      ["b", "b", "b"],
      ["c", "c", "c"],
    ]);
    assert.equal(module.read(), "unset");
  });

  test("a synchronous callback of Python may set its caller's variable", async () => {
    const module = load(`
      import contextvars
      variable = contextvars.ContextVar("variable", default="unset")
      def set(value):
          variable.set(value)
      async def main(js):
          js(set)
          return variable.get()
    `);
    assert.equal(await module.main((set: (value: string) => void) => set("by callback")), "by callback");
  });

  test(
    "no handle, Task or callback pins a request's memory after it has ended",
    async () => {
      const module = load(handlers);
      const keeper = load(`
        async def make():
            return object()
      `);
      const read = (_where: string, asynchronous = false): unknown => {
        const id = storage.getStore()?.id ?? null;
        return asynchronous ? later(id) : id;
      };
      const refs: WeakRef<object>[] = [];
      const kept: Py[] = [];
      // A function of its own, so that nothing of it stays on a suspended frame.
      const request = async (id: number): Promise<void> => {
        const store = { id, memory: Array.from({ length: 1000 }, () => id) };
        refs.push(new WeakRef(store));
        await storage.run(store, async () => {
          await module.handle(read, id);
          kept.push(await keeper.make());
        });
      };
      for (let id = 0; id < 20; id++) await request(id);
      // One more request outside: what only remembers the latest may let go.
      await module.handle(read, 0);
      let alive = refs.length;
      for (let round = 0; round < 50 && alive > 0; round++) {
        await settle();
        await later(null, 1);
        alive = refs.filter((ref) => ref.deref() !== undefined).length;
      }
      assert.equal(alive, 0);
      assert.equal(kept.length, 20);
    },
    { needs: "collectGarbage", timeout: 60_000 },
  );
};
