/** TaskLocals, scope, and which loop is the current one. */
import assert from "node:assert/strict";
import { caught, later, turn, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const taskLocals: Topic = ({ api, test, load }) => {
  const { getCurrentLocals, getCurrentLoop, getRunningLoop, intoPromise, promiseIntoPy, python, scope, TaskLocals } = api;

  const contexts = `
    import asyncio, contextvars
    variable = contextvars.ContextVar("variable", default="unset")
    def make(value):
        context = contextvars.copy_context()
        context.run(variable.set, value)
        return context
    def read():
        return variable.get()
    def read_in(context):
        return context[variable]
    async def read_later():
        await asyncio.sleep(0)
        return variable.get()
    async def set_later(value):
        variable.set(value)
        await asyncio.sleep(0)
        return variable.get()
  `;

  test("the current loop outside any is this environment's default, a GuestLoop", () => {
    const module = load("import interloop\ndef is_guest(loop): return isinstance(loop, interloop.GuestLoop)");
    const loop = getCurrentLoop();
    assert.equal(module.is_guest(loop), true);
    assert.equal(python.is(loop, getCurrentLoop()), true);
  });

  test("getRunningLoop is strictly asyncio's", async () => {
    const error = await caught(() => getRunningLoop());
    assert.ok(error instanceof api.PyError);
    assert.equal(error.name, "RuntimeError");
    const module = load("async def main(js): return js()");
    assert.equal(await module.main(() => python.is(getRunningLoop(), getCurrentLoop())), true);
  });

  test("the loop is not running during a plain call and is during a Task", async () => {
    const module = load(`
      import asyncio
      def plain():
          try:
              return asyncio.get_running_loop() is None
          except RuntimeError:
              return "none running"
      def is_running(loop):
          return loop.is_running()
      async def inside(loop):
          return [asyncio.get_running_loop() is loop, loop.is_running()]
    `);
    const loop = getCurrentLoop();
    assert.equal(module.plain(), "none running");
    assert.equal(module.is_running(loop), false);
    assert.deepEqual(python.toJs(await module.inside(loop)), [true, true]);
  });

  test("TaskLocals are immutable and know their loop and context", () => {
    const module = load(contexts);
    const loop = getCurrentLoop();
    const locals = new TaskLocals(loop);
    assert.equal(python.is(locals.eventLoop, loop), true);
    const context = module.make("v");
    const withContext = locals.withContext(context);
    assert.notEqual(withContext, locals);
    assert.equal(python.is(withContext.context as Py, context), true);
    assert.equal(python.is(withContext.eventLoop, loop), true);
    assert.throws(() => {
      (locals as Py).eventLoop = null;
    });
  });

  test("TaskLocals.withRunningLoop needs a running loop", async () => {
    assert.ok((await caught(() => TaskLocals.withRunningLoop())) instanceof Error);
    const module = load("async def main(js): return js()");
    assert.equal(await module.main(() => python.is(TaskLocals.withRunningLoop().eventLoop, getCurrentLoop())), true);
  });

  test("copyContext captures the caller's variables", async () => {
    const module = load(`${contexts}
    async def main(js):
        variable.set("captured")
        return js()
    `);
    const holder: { locals?: InstanceType<typeof TaskLocals> } = {};
    await module.main(() => {
      holder.locals = TaskLocals.withRunningLoop().copyContext();
    });
    const { locals } = holder;
    assert.ok(locals !== undefined);
    assert.equal(module.read_in(locals.context), "captured");
    assert.equal(await intoPromise(module.read_later(), { locals }), "captured");
  });

  test("intoPromise with locals runs in a copy of their context", async () => {
    const module = load(contexts);
    const context = module.make("given");
    const locals = new TaskLocals(getCurrentLoop()).withContext(context);
    assert.equal(await intoPromise(module.read_later(), { locals }), "given");
    assert.equal(await intoPromise(module.set_later("changed"), { locals }), "changed");
    assert.equal(module.read_in(context), "given");
    assert.equal(await intoPromise(module.read_later()), "unset");
  });

  test("many conversions share one context unharmed", async () => {
    const module = load(contexts);
    const locals = new TaskLocals(getCurrentLoop()).withContext(module.make("shared"));
    const results = await Promise.all(Array.from({ length: 50 }, () => intoPromise(module.read_later(), { locals })));
    assert.deepEqual(new Set(results), new Set(["shared"]));
  });

  test("scope: synchronous calls and conversions inside it run in its context", async () => {
    const module = load(contexts);
    const locals = new TaskLocals(getCurrentLoop()).withContext(module.make("scoped"));
    await scope(locals, async () => {
      assert.equal(module.read(), "scoped");
      assert.equal(await module.read_later(), "scoped");
      await turn();
      assert.equal(module.read(), "scoped");
      assert.equal(getCurrentLocals(), locals);
    });
    assert.equal(module.read(), "unset");
  });

  test("scopes nest and do not leak into neighbours", async () => {
    const module = load(contexts);
    const loop = getCurrentLoop();
    const run = async (value: string): Promise<void> => {
      const locals = new TaskLocals(loop).withContext(module.make(value));
      await scope(locals, async () => {
        for (let round = 0; round < 5; round++) {
          await later(null, round % 2);
          assert.equal(module.read(), value);
          assert.equal(await module.read_later(), value);
        }
        await scope(new TaskLocals(loop).withContext(module.make(`${value} inner`)), async () => {
          await turn();
          assert.equal(module.read(), `${value} inner`);
        });
        assert.equal(module.read(), value);
      });
    };
    await Promise.all(["one", "two", "three"].map(run));
    assert.equal(module.read(), "unset");
  });

  test("scope returns what the function returns and throws what it throws", async () => {
    const locals = new TaskLocals(getCurrentLoop());
    assert.equal(
      scope(locals, () => 5),
      5,
    );
    const boom = new Error("scope");
    assert.equal(
      await caught(() =>
        scope(locals, () => {
          throw boom;
        }),
      ),
      boom,
    );
  });

  test("promiseIntoPy's function form runs inside scope(locals)", async () => {
    const module = load(`${contexts}
    async def wait_for(future):
        return await future
    `);
    const locals = new TaskLocals(getCurrentLoop()).withContext(module.make("in scope"));
    const future = promiseIntoPy(
      async () => {
        await turn();
        return module.read();
      },
      { locals },
    );
    assert.equal(await module.wait_for(future), "in scope");
  });

  test("a JS function called by a Task has the Task's loop and context as its current locals", async () => {
    const module = load(`${contexts}
    async def main(js):
        variable.set("of the task")
        return await js()
    `);
    const seen = await module.main(async () => {
      await turn();
      const locals = getCurrentLocals();
      return python.toPy([python.is(locals.eventLoop, getCurrentLoop()), module.read_in(locals.context)]);
    });
    assert.deepEqual(python.toJs(seen), [true, "of the task"]);
  });
};
