/** JS exported to Python with `pymodule`. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

let count = 0;

export const pymodule: Topic = ({ api, test, load }) => {
  const { python } = api;
  const unique = (): string => `exported_${count++}`;

  const use = (name: string, code: string): Py => load(code.replaceAll("MODULE", name));

  const forget = (name: string): void => {
    load("import sys\ndef forget(name): sys.modules.pop(name, None)").forget(name);
  };

  test("functions, values and classes are importable", async () => {
    const name = unique();
    api.pymodule(name, { add: (a: number, b: number) => a + b, answer: 42, text: "hi", nested: { deep: [1, 2] } });
    const module = use(
      name,
      `
      import MODULE
      from MODULE import add, answer
      def facts():
          return [add(1, 2), MODULE.add(3, 4), answer, MODULE.text, MODULE.nested["deep"][1], MODULE.__name__ == "MODULE"]
      `,
    );
    assert.deepEqual(python.toJs(module.facts()), [3, 7, 42, "hi", 2, true]);
    forget(name);
  });

  test("an async function is a coroutine function to inspect and asyncio", async () => {
    const name = unique();
    api.pymodule(name, {
      async sleep(milliseconds: number) {
        return later(milliseconds, milliseconds);
      },
      plain: (x: number) => x,
    });
    const module = use(
      name,
      `
      import asyncio, inspect
      import MODULE
      def facts():
          return [
              asyncio.iscoroutinefunction(MODULE.sleep), inspect.iscoroutinefunction(MODULE.sleep),
              asyncio.iscoroutinefunction(MODULE.plain), inspect.iscoroutinefunction(MODULE.plain),
              callable(MODULE.sleep), MODULE.sleep.__name__,
          ]
      async def main():
          one = await MODULE.sleep(1)
          two = await asyncio.create_task(MODULE.sleep(2))
          three, four = await asyncio.gather(MODULE.sleep(3), MODULE.sleep(4))
          return [one, two, three, four, await asyncio.wait_for(MODULE.sleep(1), 5)]
      `,
    );
    assert.deepEqual(python.toJs(module.facts()), [true, true, false, false, true, "sleep"]);
    assert.deepEqual(python.toJs(await module.main()), [1, 2, 3, 4, 1]);
    forget(name);
  });

  test("keyword arguments arrive as a trailing object", async () => {
    const name = unique();
    api.pymodule(name, {
      sync: (...args: unknown[]) => JSON.stringify(args),
      async asynchronous(...args: unknown[]) {
        return JSON.stringify(args);
      },
    });
    const module = use(
      name,
      `
      import MODULE
      async def main():
          return [MODULE.sync(1, b=2), MODULE.sync(), await MODULE.asynchronous(1, c="x"), await MODULE.asynchronous(5)]
      `,
    );
    assert.deepEqual(python.toJs(await module.main()), ['[1,{"b":2}]', "[]", '[1,{"c":"x"}]', "[5]"]);
    forget(name);
  });

  test("an exported function throws into Python and rejects into Python", async () => {
    const name = unique();
    api.pymodule(name, {
      sync() {
        throw new TypeError("sync");
      },
      async asynchronous() {
        throw new TypeError("async");
      },
    });
    const module = use(
      name,
      `
      import interloop
      import MODULE
      async def main():
          log = []
          try:
              MODULE.sync()
          except interloop.JsError as error:
              log.append(str(error))
          try:
              await MODULE.asynchronous()
          except interloop.JsError as error:
              log.append(str(error))
          return log
      `,
    );
    assert.deepEqual(python.toJs(await module.main()), ["TypeError: sync", "TypeError: async"]);
    forget(name);
  });

  test("an async function returns values that compare and convert as usual", async () => {
    const name = unique();
    api.pymodule(name, { get: async () => ({ id: 1 }), none: async () => undefined });
    const module = use(
      name,
      `
      import MODULE
      async def get():
          return await MODULE.get() == {"id": 1}
      async def none():
          return await MODULE.none() is None
      `,
    );
    assert.equal(await module.get(), true);
    assert.equal(await module.none(), true);
    forget(name);
  });

  test("a bad name is a clear error", async () => {
    for (const name of ["", 5, undefined] as Py[]) {
      const error = await caught(() => api.pymodule(name, {}));
      assert.ok(error instanceof api.InterloopError || error instanceof TypeError, String(error));
    }
  });
};
