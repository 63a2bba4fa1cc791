/** JS functions that are called while the loop runs, and what a plain call says where none does. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const code = `
  import asyncio
  def needs_loop():
      return asyncio.get_running_loop()
  class Session:
      def __init__(self, loop=None):
          self.loop = loop or asyncio.get_running_loop()
          self.log = []
      async def __aenter__(self):
          self.task = asyncio.current_task()
          return self
      async def __aexit__(self, *error):
          self.log.append(asyncio.current_task() is self.task)
  class Warned(Session):
      def __enter__(self) -> None:
          raise TypeError("use async with")
  class Both(Session):
      def __enter__(self):
          return self
  async def give(value):
      await asyncio.sleep(0)
      return value
  async def raising():
      asyncio.get_running_loop()
      await asyncio.sleep(0)
      raise RuntimeError("no running event loop")
`;

export const inLoop: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const hasTimeout = (asyncio: Py): boolean => python.eval("hasattr(asyncio, 'timeout')", { asyncio });

  test("inLoop: the loop runs, in a Task, and what the function returns is the result", async () => {
    const module = load(code);
    const seen = await python.inLoop(() => [python.is(module.needs_loop(), api.getCurrentLoop()), python.is(module.asyncio.current_task(), null)]);
    assert.deepEqual(seen, [true, false]);
    assert.equal(await python.inLoop(() => module.asyncio.create_task(module.give(1))), 1);
    const { task } = await python.inLoop(() => ({ task: module.asyncio.create_task(module.give(2)) as Py }));
    assert.equal(await task, 2);
    const object = {};
    assert.equal(await python.inLoop(() => object), object);
    assert.equal(await python.inLoop(() => later(3)), 3);
  });

  test("inLoop: what the function throws, and what is no function", async () => {
    const module = load(code);
    const mine = new RangeError("mine");
    const fail = (): never => {
      throw mine;
    };
    assert.equal(await caught(() => python.inLoop(fail)), mine);
    assert.equal(await caught(() => python.inLoop(() => Promise.reject(mine))), mine);
    assert.equal((await caught(() => python.inLoop(() => python.builtins.int("x") as unknown))).name, "ValueError");
    assert.equal((await caught(() => python.inLoop(5 as never))).code, "bad-argument");
    assert.equal(python.is(python.eval("asyncio._get_running_loop()", { asyncio: module.asyncio }), null), true);
  });

  test("a plain call that needs a running loop says where to make it", async () => {
    const module = load(code);
    const error = await caught(() => module.needs_loop() as unknown);
    assert.equal(error.name, "RuntimeError");
    assert.match(error.message, /^no running event loop \(.*python\.inLoop/);
    assert.match((await caught(() => module.Both() as unknown)).message, /python\.inLoop/);
    // An awaited coroutine has a loop, whatever it raises.
    assert.equal((await caught(() => module.raising())).message, "no running event loop");
  });

  test("async context managers, create_task and timeouts can be made by a plain call", async () => {
    const module = load(code);
    const { asyncio } = module;
    for (const make of [() => module.Session(), () => module.Warned(), () => module.Session(kwargs({ loop: null }))]) {
      assert.equal(python.is(make().loop, api.getCurrentLoop()), true);
    }
    assert.equal(await asyncio.create_task(module.give("task")), "task");
    if (hasTimeout(asyncio)) assert.equal(await python.enterAsync(asyncio.timeout(60), () => "in time"), "in time");
    assert.equal(python.is(python.eval("asyncio._get_running_loop()", { asyncio }), null), true);
    assert.equal(python.eval("asyncio.run(asyncio.sleep(0, 'ran'))", { asyncio }), "ran");
  });

  test("enterAsync: a function makes the manager, and one Task enters and leaves it", async () => {
    const module = load(code);
    assert.equal(
      await python.enterAsync(
        () => module.Both() as Py,
        (session: Py) => python.is(session.loop, api.getCurrentLoop()),
      ),
      true,
    );
    const held = await python.enterAsync<Py>(() => module.Both() as Py);
    await later(null);
    const session = held.value;
    await held[Symbol.asyncDispose]();
    await held[Symbol.asyncDispose]();
    assert.equal(python.repr(session.log), "[True]");
    const mine = new RangeError("mine");
    const fail = (): never => {
      throw mine;
    };
    assert.equal(await caught(() => python.enterAsync(fail)), mine);
    assert.equal(await caught(() => python.enterAsync(fail, () => 1)), mine);
    const { asyncio } = module;
    if (!hasTimeout(asyncio)) return;
    const error = await caught(() =>
      python.enterAsync(
        () => asyncio.timeout(0.001) as Py,
        () => asyncio.sleep(60),
      ),
    );
    assert.equal(error.matches("TimeoutError"), true);
    const late = await python.enterAsync(() => asyncio.timeout(0) as Py);
    await asyncio.sleep(0.001);
    assert.equal((await caught(() => late[Symbol.asyncDispose]())).matches("TimeoutError"), true);
  });
};
