/** Errors that nobody sees say where the crossing was made: what is known of itself, and what asyncio's debug mode adds. */
import assert from "node:assert/strict";
import { assertQuiet, childRunner } from "../child.ts";
import { caught, later, type Py, until } from "../py.ts";
import type { Topic } from "../suite.ts";

export const unhandledErrors: Topic = ({ api, capabilities, test, load, settle }) => {
  const { getCurrentLoop, intoPromise, promiseIntoPy, python, TaskLocals } = api;

  const helpers = `
    import asyncio, gc, traceback
    async def bad_at_once():
        raise ValueError("bad")
    async def bad_later():
        await asyncio.sleep(0)
        raise ValueError("bad")
    def drop(function):
        function()
    async def drop_in_a_task(function):
        await asyncio.create_task(drop_later(function))
    async def drop_later(function):
        await asyncio.sleep(0)
        drop(function)
    seen = []
    def handler(loop, context):
        seen.append((context["message"], "".join(traceback.format_list(context.get("source_traceback", ())))))
    def listen(loop):
        loop.set_exception_handler(handler)
    def heard(loop):
        gc.collect()
        loop.set_exception_handler(None)
        return seen
  `;

  /** What is reported as unhandled while `body` runs and for as long as it takes until something is. */
  async function unhandled(body: () => void | Promise<void>): Promise<Py> {
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    const seen: unknown[] = [];
    const note = (error: unknown): void => void seen.push(error);
    process.on("unhandledRejection", note);
    try {
      await body();
      await until(() => seen.length > 0);
      return seen[0];
    } finally {
      process.off("unhandledRejection", note);
      for (const listener of others) process.on("unhandledRejection", listener);
    }
  }

  async function debugging<T>(body: () => Promise<T>): Promise<T> {
    const loop = getCurrentLoop();
    loop.set_debug(true);
    try {
      return await body();
    } finally {
      loop.set_debug(false);
    }
  }

  const contains = (text: string, ...names: string[]): void => {
    for (const name of names) assert.ok(text.includes(name), `Expected "${name}" in:\n${text}`);
  };

  test("a conversion that fails in its first step names the function that made it", async () => {
    const module = load(helpers);
    const error = await unhandled(function maker() {
      void intoPromise(module.bad_at_once());
    });
    // With asyncio's own Handles the first step comes later.
    const eager = process.env["INTERLOOP_NATIVE_HANDLES"] !== "0";
    contains(error.stack, "ValueError: bad", "at bad_at_once (case.py", ...(eager ? ["maker"] : []));
  });

  test("a conversion that fails later names the function that made it in debug mode, and without it Python's alone", async () => {
    const module = load(helpers);
    const maker = (): void => void intoPromise(module.bad_later());
    const plain = await unhandled(maker);
    contains(plain.stack, "ValueError: bad", "at bad_later (case.py");
    assert.ok(!plain.stack.includes("maker"), plain.stack);
    await debugging(async () => contains((await unhandled(maker)).stack, "ValueError: bad", "at bad_later (case.py", "maker"));
    assert.ok(!(await unhandled(maker)).stack.includes("maker"));
  });

  test("in debug mode a call of `then` is where the crossing is made", async () => {
    const module = load(helpers);
    const error = await debugging(() =>
      unhandled(function maker() {
        void module.bad_later().then((value: unknown) => value);
      }),
    );
    contains(error.stack, "at bad_later (case.py", "maker");
  });

  test(
    "in debug mode an error of interloop's own names the function that made the conversion",
    async () => {
      const module = load(`
      import asyncio
      async def wait():
          await asyncio.get_running_loop().create_future()
      def step(loop):
          loop.run_until_complete(asyncio.sleep(0))
    `);
      await debugging(async () => {
        const loop: Py = python.import("asyncio").new_event_loop();
        let promise: Promise<unknown> | undefined;
        (function maker() {
          promise = intoPromise(module.wait(), { locals: new TaskLocals(loop) });
          assert.ok(promise); // Bun's engine forgets a function that ends in the call.
        })();
        module.step(loop);
        loop.close();
        const error = await caught(() => promise);
        assert.equal(error.code, "loop-closed");
        contains(error.stack, "InterloopError", "maker");
      });
    },
    { leaves: "Tasks of a closed loop are never ended" },
  );

  test("a Future that nobody awaits has the JS functions that made it as its source in debug mode, and none without", async () => {
    const module = load(helpers);
    const loop = getCurrentLoop();
    const forget = async (): Promise<void> => {
      const future: Py = (function maker() {
        const made = promiseIntoPy(Promise.reject(new Error("nobody looks")));
        python.scope(() => assert.equal(made.done(), false));
        return made;
      })();
      while (python.scope(() => future.done()) !== true) await later(null);
      future[Symbol.dispose]();
      await settle();
    };
    module.listen(loop);
    await forget();
    await debugging(forget);
    const [plain, debug] = python.toJs<[message: string, source: string][]>(module.heard(loop));
    assert.deepEqual(plain, ["Future exception was never retrieved", ""]);
    assert.equal(debug![0], "Future exception was never retrieved");
    contains(debug![1], "unhandled-errors", "in maker", "promiseIntoPy(Promise.reject(");
    assert.ok(!/traceback|base_events/.test(debug![1]), debug![1]);
  });

  test("a rejected promise that Python does not look at names the Python functions that called in debug mode", async () => {
    const module = load(helpers);
    const original: Py = new RangeError("too far");
    const reject = async (): Promise<never> => {
      await later(null);
      throw original;
    };
    const body = async (): Promise<void> => void (await module.drop_in_a_task(reject));
    const plain = await unhandled(body);
    assert.equal(plain, original);
    assert.ok(!plain.stack.includes("case.py"), plain.stack);
    const seen = await debugging(() => unhandled(body));
    assert.equal(seen, original);
    contains(seen.stack, "RangeError: too far", "at drop (case.py:", "at drop_later (case.py:");
  });

  test("errors that are seen, and values, leave nothing behind in debug mode", async () => {
    const module = load(helpers);
    await debugging(async () => {
      await Promise.all(Array.from({ length: 20 }, () => caught(() => module.bad_later())));
      await Promise.all(Array.from({ length: 20 }, () => python.import("asyncio").sleep(0)));
      const frozen = Object.freeze(new Error("frozen"));
      assert.equal(await unhandled(() => void module.drop(() => Promise.reject(frozen))), frozen);
    });
  });

  test("PYTHONASYNCIODEBUG switches it on, and an unhandled rejection prints where the crossing was made", async () => {
    const run = childRunner(capabilities);
    const program = `
      const { intoPromise, python } = api;
      python.exec("import asyncio\\nasync def bad_later():\\n    await asyncio.sleep(0)\\n    raise ValueError('bad')");
      function maker() {
        void intoPromise(python.eval("bad_later")());
      }
      process.on("unhandledRejection", (error) => {
        console.log(error.name, error.stack.includes("at maker"));
        process.exit(0);
      });
      maker();
      setTimeout(() => {}, 10_000);
    `;
    assertQuiet(await run(program, { env: { PYTHONASYNCIODEBUG: "1" } }), "ValueError true\n");
    assertQuiet(await run(program, { env: { PYTHONASYNCIODEBUG: "" } }), "ValueError false\n");
  });

  test("debug mode may be switched on another thread", async () => {
    const module = load(`
      import asyncio
      async def switch(loop, enabled):
          await asyncio.get_running_loop().run_in_executor(None, loop.set_debug, enabled)
    `);
    const bad = load(helpers);
    const maker = (): void => void intoPromise(bad.bad_later());
    await module.switch(getCurrentLoop(), true);
    contains((await unhandled(maker)).stack, "maker");
    await module.switch(getCurrentLoop(), false);
    assert.ok(!(await unhandled(maker)).stack.includes("maker"));
  });
};
