/** Python's context managers, entered by JS. */
import assert from "node:assert/strict";
import { caught, later, turn, until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const managersCode = `
  import contextlib
  log = []
  class Manager:
      def __init__(self, name="m", swallow=None, fail=""):
          self.name, self.swallow, self.fail = name, swallow, fail
      def _enter(self):
          log.append(f"enter {self.name}")
          if self.fail == "enter":
              raise KeyError(self.name)
          return self
      def _exit(self, kind):
          log.append(f"exit {self.name} {kind.__name__ if kind else None}")
          if self.fail == "exit":
              raise OSError(self.name)
          return self.swallow is not None and kind is not None and issubclass(kind, self.swallow)
      def __enter__(self):
          return self._enter()
      def __exit__(self, kind, error, traceback):
          return self._exit(kind)
      async def __aenter__(self):
          return self._enter()
      async def __aexit__(self, kind, error, traceback):
          return self._exit(kind)
  @contextlib.contextmanager
  def generator(value):
      log.append("before")
      try:
          yield value
      except ValueError as error:
          log.append(f"caught {error}")
      finally:
          log.append("after")
  @contextlib.asynccontextmanager
  async def async_generator(value):
      log.append("before")
      try:
          yield value
      finally:
          log.append("after")
  def taken():
      entries = "; ".join(log)
      log.clear()
      return entries
`;

export const contextManagers: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const fail = (error: unknown): never => {
    throw error;
  };

  test("enter with a function: the value, the result, and what is thrown", async () => {
    const module = load(managersCode);
    assert.equal(
      python.enter(module.Manager("a"), (manager: Py) => manager.name),
      "a",
    );
    assert.equal(module.taken(), "enter a; exit a None");
    const mine = new RangeError("mine");
    assert.equal(await caught(() => python.enter(module.Manager("a"), () => fail(mine))), mine);
    assert.equal(module.taken(), "enter a; exit a JsError");
    const swallowing = module.Manager("a", python.builtins.Exception);
    assert.equal(
      python.enter(swallowing, () => fail(mine)),
      null,
    );
    assert.equal(module.taken(), "enter a; exit a JsError");
    // Python's own exception is itself in __exit__, and a manager may choose.
    python.enter(module.generator(1), () => python.builtins.int("x") as unknown);
    assert.equal(module.taken(), "before; caught invalid literal for int() with base 10: 'x'; after");
    assert.equal((await caught(() => python.enter(module.generator(1), () => python.eval("{}['k']") as unknown))).name, "KeyError");
    module.taken();
  });

  test("errors of __enter__ and __exit__", async () => {
    const module = load(managersCode);
    const unreached = (): never => fail(new Error("reached"));
    assert.equal((await caught(() => python.enter(module.Manager("a", kwargs({ fail: "enter" })), unreached))).name, "KeyError");
    assert.equal((await caught(() => python.enterAsync(module.Manager("a", kwargs({ fail: "enter" })), unreached))).name, "KeyError");
    assert.equal((await caught(() => python.enter(module.Manager("a", kwargs({ fail: "enter" }))))).name, "KeyError");
    assert.equal(module.taken(), "enter a; enter a; enter a");
    const mine = new RangeError("mine");
    const failing = (): Py => module.Manager("a", kwargs({ fail: "exit" }));
    for (const enter of [() => python.enter(failing(), () => fail(mine)), () => python.enterAsync(failing(), () => fail(mine))]) {
      const error = await caught(enter);
      assert.equal(error.name, "OSError");
      assert.equal(error.cause, mine, "what was under way is the context");
    }
    assert.match((await caught(() => python.enter(python.eval("[]"), unreached))).name, /TypeError|AttributeError/);
    assert.match((await caught(() => python.enterAsync(python.eval("[]"), unreached))).name, /TypeError|AttributeError/);
    assert.equal((await caught(() => python.enter({} as Py))).code, "bad-argument");
    assert.equal((await caught(() => python.enterAsync({} as Py))).code, "bad-argument");
    module.taken();
  });

  test("the object for using: once, in order, with errors of __exit__", async () => {
    const module = load(managersCode);
    const first = python.enter<Py>(module.Manager("a"));
    const second = python.enter<Py>(module.Manager("b"));
    assert.equal(second.value.name, "b");
    second[Symbol.dispose]();
    second[Symbol.dispose]();
    first[Symbol.dispose]();
    assert.equal(module.taken(), "enter a; enter b; exit b None; exit a None");
    const failing = python.enter(module.Manager("a", kwargs({ fail: "exit" })));
    assert.equal((await caught(() => failing[Symbol.dispose]())).name, "OSError");
    failing[Symbol.dispose]();
    const async = await python.enterAsync<Py>(module.Manager("c"));
    assert.equal(async.value.name, "c");
    await async[Symbol.asyncDispose]();
    await async[Symbol.asyncDispose]();
    assert.equal(module.taken(), "enter a; exit a None; enter c; exit c None");
    const failingAsync = await python.enterAsync(module.Manager("c", kwargs({ fail: "exit" })));
    assert.equal((await caught(() => failingAsync[Symbol.asyncDispose]())).name, "OSError");
    module.taken();
  });

  test("a context lasts until the async function in it has ended", async () => {
    const module = load(`${managersCode}
  import asyncio
  async def coroutine(value):
      await asyncio.sleep(0.001)
      log.append("coroutine")
      return value
    `);
    const promise = python.enter(module.Manager("a"), async (manager: Py) => {
      await later(null);
      module.log.append("work");
      return manager.name as string;
    });
    assert.ok(promise instanceof Promise);
    await turn();
    assert.equal(await promise, "a");
    assert.equal(module.taken(), "enter a; work; exit a None");
    const mine = new RangeError("mine");
    assert.equal(await caught(() => python.enter(module.Manager("a"), async () => later(null).then(() => fail(mine)))), mine);
    assert.equal(await python.enter(module.Manager("a", python.builtins.Exception), async () => fail(mine)), null);
    assert.equal(module.taken(), "enter a; exit a JsError; enter a; exit a JsError");
    // Started at once, awaited or not.
    const dropped = python.enter(module.Manager("a"), () => module.coroutine(5) as Promise<number>);
    await until(() => python.builtins.len(module.log) === 3);
    assert.equal(module.taken(), "enter a; coroutine; exit a None");
    assert.equal(await dropped, 5);
  });

  test("async context managers", async () => {
    const module = load(managersCode);
    assert.equal(await python.enterAsync(module.async_generator("v"), async (value: Py) => later(value)), "v");
    assert.equal(await python.enterAsync(module.async_generator("v"), (value: Py) => value as string), "v");
    assert.equal(module.taken(), "before; after; before; after");
    const mine = new RangeError("mine");
    assert.equal(await caught(() => python.enterAsync(module.async_generator(1), async () => later(null).then(() => fail(mine)))), mine);
    assert.equal(await python.enterAsync(module.Manager("a", python.builtins.Exception), async () => fail(mine)), null);
    assert.equal(module.taken(), "before; after; enter a; exit a JsError");
  });

  test("ExitStack and AsyncExitStack, and contexts in contexts", async () => {
    const module = load(managersCode);
    const { ExitStack, AsyncExitStack } = python.import("contextlib");
    const names = python.enter(ExitStack(), (stack: Py) => {
      stack.callback(() => void module.log.append("callback"));
      return ["a", "b"].map((name) => stack.enter_context(module.Manager(name)).name as string);
    });
    assert.deepEqual(names, ["a", "b"]);
    assert.equal(module.taken(), "enter a; enter b; exit b None; exit a None; callback");
    await python.enterAsync(AsyncExitStack(), async (stack: Py) => {
      await stack.enter_async_context(module.Manager("a"));
      stack.enter_context(module.Manager("b"));
      stack.push_async_callback(async () => {
        await later(null);
        module.log.append("async callback");
      });
    });
    assert.equal(module.taken(), "enter a; enter b; async callback; exit b None; exit a None");
    const mine = new Error("mine");
    const inner = python.enter(module.Manager("outer"), () => python.enter(module.Manager("inner", python.builtins.Exception), () => fail(mine)) as unknown);
    assert.equal(inner, null);
    assert.equal(module.taken(), "enter outer; enter inner; exit inner JsError; exit outer None");
  });

  test("real ones: a file, a lock, decimal's context, suppress", async () => {
    const module = load(`
      import contextlib, decimal, tempfile, threading
      def third():
          return str(decimal.Decimal(1) / 3)
    `);
    const file = module.tempfile.TemporaryFile("w+");
    python.enter(file, (open: Py) => open.write("text"));
    assert.equal(file.closed, true);
    const lock = module.threading.Lock();
    assert.equal(
      python.enter(lock, () => lock.locked() as boolean),
      true,
    );
    assert.equal(lock.locked(), false);
    assert.equal(
      python.enter(module.decimal.localcontext(), (context: Py) => {
        context.prec = 3;
        return module.third() as string;
      }),
      "0.333",
    );
    assert.equal(module.third().length, 30);
    assert.equal(
      python.enter(module.contextlib.suppress(python.builtins.KeyError), () => python.getItem(python.eval("{}"), 1) as unknown),
      null,
    );
  });
};
