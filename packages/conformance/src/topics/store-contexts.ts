/** Each store of an AsyncLocalStorage has a Python context of its own. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { later, turn, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const code = `
  import asyncio, contextvars
  variable = contextvars.ContextVar("variable", default="unset")
  async def read():
      await asyncio.sleep(0)
      return variable.get()
  async def put(value):
      variable.set(value)
      return variable.get()
  def call(function):
      return function()
  async def set_and_call(value, function):
      variable.set(value)
      result = function()
      return await result if hasattr(result, "__await__") else result
  def read_later(function):
      asyncio.get_running_loop().call_soon(lambda: function(variable.get()))
`;

export const storeContexts: Topic = ({ api, test, load, settle }) => {
  const { getCurrentLoop, promiseIntoPy, python, scope, TaskLocals } = api;
  const needs = "storeContexts";
  const storage = new AsyncLocalStorage<unknown>();
  const other = new AsyncLocalStorage<unknown>();

  test(
    "what a plain call sets is seen later in the same store, and nowhere else",
    async () => {
      const { variable, read, put } = load(code) as Py;
      const requests = Array.from({ length: 20 }, (_, number) =>
        storage.run(number, async () => {
          variable.set(number);
          await later(null, number % 4);
          const seen: unknown[] = [variable.get(), await read(), ...((await api.python.import("asyncio").gather(read(), read())) as Py)];
          await put("a coroutine's own");
          return [...seen, variable.get()].every((value) => value === number);
        }),
      );
      assert.equal(variable.get(), "unset");
      assert.ok((await Promise.all(requests)).every(Boolean));
      assert.equal(variable.get(), "unset");
      assert.equal(await read(), "unset");
    },
    { needs },
  );

  test(
    "it contains what the context around contained when the store was entered",
    async () => {
      const { variable, read } = load(code) as Py;
      const token = variable.set("first");
      const entered = storage.run(1, async () => {
        await later(null);
        return [await read(), variable.get()];
      });
      variable.set("second");
      assert.deepEqual(await entered, ["first", "first"]);
      await storage.run(1, () => {
        variable.set("outer");
        const inner = other.run(2, async () => {
          await turn();
          return variable.get() as unknown;
        });
        variable.set("outer again");
        return inner.then((value) => assert.equal(value, "outer"));
      });
      await turn();
      variable.reset(token);
      assert.equal(variable.get(), "unset");
    },
    { needs },
  );

  test(
    "stores in stores, enterWith and exit",
    async () => {
      const { variable } = load(code) as Py;
      await storage.run(1, async () => {
        variable.set("outer");
        assert.equal(
          await storage.run(2, async () => {
            variable.set("inner");
            await turn();
            return `${String(variable.get())} ${String(storage.getStore())}`;
          }),
          "inner 2",
        );
        storage.exit(() => variable.set("outside"));
        assert.equal(variable.get(), "outer");
        const token = variable.set("for a while");
        await turn();
        variable.reset(token);
        assert.equal(variable.get(), "outer");
      });
      const enter = async (value: string): Promise<unknown> => {
        await turn();
        storage.enterWith(value);
        variable.set(value);
        await turn();
        return variable.get();
      };
      assert.deepEqual(await Promise.all([enter("a"), enter("b")]), ["a", "b"]);
      assert.equal(variable.get(), "unset");
    },
    { needs },
  );

  test(
    "functions that Python calls run in their caller's context, and go on in it",
    async () => {
      const { variable, call, set_and_call } = load(code) as Py;
      await storage.run(1, async () => {
        variable.set("store");
        assert.equal(
          call(() => {
            const before = variable.get() as string;
            variable.set("by the callback");
            return before;
          }),
          "store",
        );
        assert.equal(variable.get(), "by the callback");
        const readTwice = async (): Promise<string> => {
          const before = variable.get() as string;
          await turn();
          return `${before} ${String(variable.get())}`;
        };
        assert.equal(await set_and_call("task", readTwice), "task task");
        assert.equal(variable.get(), "by the callback");
        const entered = (): string =>
          other.run(2, () => {
            const before = variable.get() as string;
            variable.set("deep");
            return before;
          });
        assert.equal(await set_and_call("task", entered), "task");
        assert.equal(variable.get(), "by the callback");
      });
    },
    { needs },
  );

  test(
    "scopes within stores, and stores within scopes",
    async () => {
      const { variable, read } = load(code) as Py;
      const context = python.import("contextvars").copy_context() as Py;
      context.run(variable.set, "scope");
      const withContext = new TaskLocals(getCurrentLoop()).withContext(context);
      await storage.run(1, async () => {
        variable.set("store");
        assert.equal(
          scope(new TaskLocals(getCurrentLoop()), () => variable.get()),
          "store",
        );
        assert.equal(
          await scope(withContext, () => storage.run(2, async () => `${String(variable.get())} ${String(variable.set("own") && (await read()))}`)),
          "scope own",
        );
        assert.equal(
          scope(withContext, () => variable.get()),
          "scope",
        );
        assert.equal(await python.scope(async () => `${String(variable.get())} ${String(await read())}`), "store store");
        assert.equal(await api.run(async () => `${String(variable.get())} ${String(await read())}`), "store store");
      });
      assert.equal(variable.get(), "unset");
    },
    { needs },
  );

  test(
    "callbacks of Python, and promises for it, keep to their store",
    async () => {
      const { variable, read_later, set_and_call } = load(code) as Py;
      const seen = (value: string): Promise<unknown> =>
        storage.run(value, async () => {
          variable.set(value);
          const told = new Promise<string>((resolve) => {
            void python.inLoop(() => read_later((context: string) => resolve(`${context} ${String(storage.getStore())} ${String(variable.get())}`)));
          });
          const promised = await set_and_call("task", () => promiseIntoPy(async () => later(variable.get() as unknown)));
          return `${await told} ${String(promised)}`;
        });
      assert.deepEqual(await Promise.all([seen("a"), seen("b")]), ["a a a task", "b b b task"]);
    },
    { needs },
  );

  test(
    "a context lasts no longer than its store",
    async () => {
      const module = load(`${code}
  import gc, weakref
  class Value:
      pass
  values = weakref.WeakSet()
  def put_value():
      value = Value()
      values.add(value)
      variable.set(value)
  def left():
      gc.collect()
      return len(values)
      `) as Py;
      for (let number = 0; number < 50; number++) {
        await storage.run({ number }, async () => {
          module.put_value();
          await module.read();
        });
      }
      await settle();
      // What a stale word on the stack names may stay.
      assert.ok(module.left() <= 2, `${module.left()} values are left`);
    },
    { needs },
  );
};
