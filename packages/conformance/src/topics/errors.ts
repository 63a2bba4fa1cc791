/** Errors keep their identity through any depth, say what they are, and never take the process down. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const errors: Topic = ({ api, test, load }) => {
  const { intoPromise, promiseIntoPy, python } = api;

  const relay = `
    import asyncio
    def call(f, *args):
        return f(*args)
    async def call_async(f, *args):
        await asyncio.sleep(0)
        return await f(*args)
    def reraise(f):
        try:
            f()
        except BaseException as error:
            raise error
    def chained(f):
        try:
            f()
        except BaseException as error:
            raise RuntimeError("outer") from error
    def raise_it(error):
        raise error
    async def raise_async(error):
        raise error
    kept = ValueError("kept")
    def raise_kept():
        raise kept
    def is_kept(f):
        try:
            f()
        except BaseException as error:
            return error is kept
    async def is_kept_async(f):
        try:
            await f()
        except BaseException as error:
            return error is kept
    def forget():
        # The traceback of the last raise holds the callbacks that are on its frames, which hold this module: a cycle through both languages.
        kept.__traceback__ = kept.__context__ = None
  `;

  test("a JS error that went through Python is the same object, at any depth", async () => {
    const module = load(relay);
    const error = new Error("mine");
    const fail = (): never => {
      throw error;
    };
    assert.equal(await caught(() => module.call(fail)), error);
    assert.equal(await caught(() => module.reraise(fail)), error);
    const deep = (n: number): unknown => (n === 0 ? fail() : module.call(deep, n - 1));
    assert.equal(await caught(() => deep(20)), error);
    const deepAsync = async (n: number): Promise<unknown> => (n === 0 ? fail() : await module.call_async(deepAsync, n - 1));
    assert.equal(await caught(() => deepAsync(20)), error);
    assert.equal(error.message, "mine");
  });

  test("a Python exception that went through JS is the same object", async () => {
    const module = load(relay);
    assert.equal(
      module.is_kept(() => module.raise_kept()),
      true,
    );
    const deep = (n: number): unknown => (n === 0 ? module.raise_kept() : module.call(deep, n - 1));
    assert.equal(
      module.is_kept(() => deep(10)),
      true,
    );
    assert.equal(
      await module.is_kept_async(async () => {
        await later(null);
        return await module.raise_async(module.kept);
      }),
      true,
    );
    const error = await caught(() => module.raise_kept());
    assert.equal(
      module.is_kept(() => {
        throw error;
      }),
      true,
    );
    module.forget();
  });

  test("a Python exception may be thrown, rejected with and passed as a value", async () => {
    const module = load(relay);
    const error = await caught(() => module.raise_kept());
    assert.equal(python.is(error.value, module.kept), true);
    assert.equal(await module.is_kept_async(() => Promise.reject(error as Error)), true);
    module.forget();
  });

  test("PyError has name, message, type, value, traceback and cause", async () => {
    const module = load(`
      class Custom(ValueError):
          pass
      def inner():
          raise KeyError("root")
      def fails():
          try:
              inner()
          except KeyError as error:
              raise Custom("what happened") from error
    `);
    const error = await caught(() => module.fails());
    assert.ok(error instanceof api.PyError);
    assert.ok(error instanceof Error);
    assert.equal(error.name, "Custom");
    assert.equal(error.message, "what happened");
    assert.equal(python.is(error.type as Py, module.Custom), true);
    assert.equal(python.isInstance(error.value as Py, module.Custom), true);
    const traceback = String((error as Py).traceback.text ?? (error as Py).traceback);
    assert.match(traceback, /fails/);
    assert.match(String(error.stack), /Custom: what happened/);
    assert.ok(error.cause instanceof api.PyError);
    assert.equal(error.cause.name, "KeyError");
  });

  test("JsError has name, message, stack, value and the JS cause", () => {
    const module = load(`
      import interloop
      def facts(f):
          try:
              f()
          except interloop.JsError as error:
              cause = error.__cause__
              return [error.name, error.message, "at " in error.stack, error.value, cause is not None and cause.message]
    `);
    const error = new TypeError("outer", { cause: new Error("inner") });
    const facts = module.facts(() => {
      throw error;
    });
    const list = [...facts];
    assert.deepEqual([list[0], list[1], list[2]], ["TypeError", "outer", true]);
    assert.equal(list[3], error);
    assert.equal(list[4], "inner");
  });

  test("the cause of a raise-from is the JS error itself", async () => {
    const module = load(relay);
    const inner = new Error("inner");
    const error = await caught(() =>
      module.chained(() => {
        throw inner;
      }),
    );
    assert.equal(error.message, "outer");
    assert.equal(error.cause, inner);
  });

  const thrown: readonly (readonly [string, unknown])[] = [
    ["null", null],
    ["undefined", undefined],
    ["a number", 5],
    ["NaN", Number.NaN],
    ["a bigint", 10n ** 30n],
    ["a string", "just text"],
    ["an empty string", ""],
    ["a lone surrogate", "\ud800"],
    ["false", false],
    ["a symbol", Symbol("thrown")],
    ["an object", { code: 1 }],
    ["an object without prototype", Object.create(null)],
    ["an array", [1, 2]],
    ["a function", () => 1],
    ["a frozen error", Object.freeze(new Error("frozen"))],
    ["an AggregateError", new AggregateError([new Error("one")], "several")],
    ["an error whose message is no string", Object.assign(new Error("x"), { message: { not: "a string" } })],
    [
      "an error whose getters throw",
      Object.defineProperties(new Error("x"), {
        message: {
          get() {
            throw new Error("getter");
          },
        },
        stack: {
          get() {
            throw new Error("getter");
          },
        },
      }),
    ],
    [
      "a hostile proxy",
      new Proxy(
        {},
        {
          get() {
            throw new Error("trap");
          },
          getPrototypeOf() {
            throw new Error("trap");
          },
        },
      ),
    ],
  ];

  const name = (value: unknown): string => {
    try {
      return String(value);
    } catch {
      return "(no text)";
    }
  };

  for (const [what, value] of thrown) {
    test(`thrown: ${what}`, async () => {
      const module = load(`
        import asyncio, interloop
        def call(f):
            return f()
        async def call_async(f):
            await asyncio.sleep(0)
            return await f()
        def text(f):
            try:
                f()
            except interloop.JsError as error:
                return isinstance(str(error), str) and isinstance(repr(error), str)
      `);
      const fail = (): never => {
        throw value;
      };
      const reject = async (): Promise<never> => {
        throw value;
      };
      const same = async (body: () => unknown): Promise<boolean> => {
        try {
          await body();
        } catch (error) {
          return Object.is(error, value);
        }
        return false;
      };
      assert.ok(await same(() => module.call(fail)), `sync: ${name(value)}`);
      assert.ok(await same(() => module.call_async(reject)), `async: ${name(value)}`);
      assert.equal(module.text(fail), true);
    });
  }

  test("a Python exception whose __str__ raises", async () => {
    const module = load(`
      class Broken(Exception):
          def __str__(self):
              raise RuntimeError("no text")
          __repr__ = __str__
      class Worse(Exception):
          def __str__(self):
              return 5
      def broken():
          raise Broken("x")
      def worse():
          raise Worse("x")
      async def later():
          raise Broken("y")
    `);
    for (const body of [() => module.broken(), () => module.worse(), () => module.later()]) {
      const error = await caught(body);
      assert.ok(error instanceof api.PyError);
      assert.match(error.name, /Broken|Worse/);
      assert.equal(typeof error.message, "string");
      assert.equal(typeof error.stack, "string");
    }
  });

  test("SystemExit and KeyboardInterrupt reach the caller and do not end the process", async () => {
    const module = load(`
      import sys
      def leave():
          sys.exit(3)
      def interrupt():
          raise KeyboardInterrupt
      async def leave_later():
          sys.exit(4)
      def through(f):
          f()
    `);
    for (const [body, type] of [
      [() => module.leave(), "SystemExit"],
      [() => module.interrupt(), "KeyboardInterrupt"],
      [() => module.leave_later(), "SystemExit"],
      [() => module.through(() => module.leave()), "SystemExit"],
    ] as const) {
      const error = await caught(body);
      assert.ok(error instanceof api.PyError, String(error));
      assert.equal(error.name, type);
    }
  });

  test("SystemExit and KeyboardInterrupt in a loop callback go to the exception handler", async () => {
    const module = load(`
      import asyncio, sys
      seen = []
      async def main():
          loop = asyncio.get_running_loop()
          loop.set_exception_handler(lambda loop, context: seen.append(type(context.get("exception")).__name__))
          def interrupt():
              raise KeyboardInterrupt
          try:
              loop.call_soon(sys.exit, 5)
              loop.call_soon(interrupt)
              loop.call_later(0.001, sys.exit, 6)
              await asyncio.sleep(0.02)
          finally:
              loop.set_exception_handler(None)
          return ",".join(seen)
    `);
    assert.equal(await module.main(), "SystemExit,KeyboardInterrupt,SystemExit");
  });

  test("an exception in a callback goes to the loop's exception handler and the others still run", async () => {
    const module = load(`
      import asyncio
      async def main(js):
          loop = asyncio.get_running_loop()
          seen, ran = [], []
          loop.set_exception_handler(lambda loop, context: seen.append(str(context["exception"])))
          try:
              loop.call_soon(lambda: 1 / 0)
              loop.call_soon(js)
              loop.call_soon(ran.append, 1)
              await asyncio.sleep(0.005)
          finally:
              loop.set_exception_handler(None)
          return seen + ran
    `);
    const seen = await module.main(() => {
      throw new Error("from JS");
    });
    assert.deepEqual(python.toJs(seen), ["division by zero", "Error: from JS", 1]);
  });

  test("a coroutine awaited twice is Python's error", async () => {
    const module = load(`
      kept = []
      async def once():
          return 1
      def make():
          kept.append(once())
      def get():
          return kept[0]
    `);
    module.make();
    assert.equal(await module.get(), 1);
    const error = await caught(() => module.get());
    assert.ok(error instanceof api.PyError);
    assert.equal(error.name, "RuntimeError");
    assert.match(error.message, /cannot reuse already awaited coroutine/);
    module.kept.clear();
  });

  test("InterloopError crosses with its code", async () => {
    const module = load(`
      import interloop
      def code(f):
          try:
              f()
          except interloop.InterloopError as error:
              return [error.code, isinstance(error, RuntimeError), bool(str(error))]
      def raise_mine():
          raise interloop.InterloopError("my-code", "My message")
    `);
    const disposed = load("thing = object()").thing;
    disposed[Symbol.dispose]();
    const facts = module.code(() => python.repr(disposed));
    assert.deepEqual(python.toJs(facts), ["handle-disposed", true, true]);
  });

  test("what is not a handle is refused where a handle is needed", async () => {
    const { TaskLocals } = api;
    for (const value of [undefined, null, 5, "text", {}, [], () => 1, Symbol("s")] as Py[]) {
      const uses = [
        () => python.getAttr(value, "x"),
        () => python.setAttr(value, "x", 1),
        () => python.call(value),
        () => python.getItem(value, 0),
        () => python.isInstance(1, value),
        () => python.buffer(value),
        () => intoPromise(value),
        ...(value === undefined ? [] : [() => new TaskLocals(value)]),
      ];
      for (const [index, use] of uses.entries()) {
        const error = await caught(use);
        assert.ok(error instanceof api.InterloopError, `${index}: ${String(error)}`);
        assert.match(error.code, /^(bad-argument|not-awaitable|not-callable)$/);
      }
    }
    assert.equal((await caught(() => python.call(python.eval("object()")))).code, "not-callable");
  });

  test("intoPromise of what cannot be awaited is an error that says so", async () => {
    for (const value of [python.eval("object()"), python.eval("[1]"), 5, null, {}] as Py[]) {
      const error = await caught(() => intoPromise(value));
      assert.ok(error instanceof api.InterloopError || error instanceof api.PyError || error instanceof TypeError, String(error));
      assert.ok(error.message.length > 0);
    }
  });

  test("promiseIntoPy of what is neither promise nor function", async () => {
    for (const value of [5, null, undefined, {}] as Py[]) {
      const error = await caught(() => promiseIntoPy(value));
      assert.ok(error instanceof api.InterloopError || error instanceof TypeError, String(error));
    }
  });

  test("syntax errors, import errors and name errors have their names", async () => {
    assert.equal((await caught(() => python.eval("1 +"))).name, "SyntaxError");
    assert.equal((await caught(() => python.import("no_such_module_at_all"))).name, "ModuleNotFoundError");
    assert.equal((await caught(() => python.eval("undefined_name"))).name, "NameError");
    assert.equal((await caught(() => python.exec("raise ValueError('exec')"))).message, "exec");
  });
};
