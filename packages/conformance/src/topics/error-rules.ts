/** What errors carry across, whose functions their stacks name, and the exceptions that have a rule of their own. */
import assert from "node:assert/strict";
import { has } from "../capabilities.ts";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const errorRules: Topic = ({ api, capabilities, test, load, settle }) => {
  const { isPyError, promiseIntoPy, python } = api;

  const helpers = `
    import asyncio, sys, traceback
    def middle(f):
        return f()
    async def middle_async(f):
        await asyncio.sleep(0)
        return await f()
    def printed(f):
        try:
            f()
        except BaseException as error:
            return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    async def printed_async(f):
        try:
            await f()
        except BaseException as error:
            return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    def bad():
        raise ValueError("bad")
    async def bad_later():
        await asyncio.sleep(0)
        raise ValueError("bad")
    async def bad_at_once():
        raise ValueError("bad")
  `;

  const places = (text: string, ...names: string[]): number[] => names.map((name) => text.indexOf(name));
  const inOrder = (text: string, ...names: string[]): void => {
    const found = places(text, ...names);
    assert.ok(
      found.every((place, index) => place >= 0 && (index === 0 || place > found[index - 1]!)),
      `Expected ${names.join(", ")} in this order in:\n${text}`,
    );
  };

  test("matches() takes a class, a tuple of classes, and names", async () => {
    const module = load("import json\ndef fails(): json.loads('{')\nclasses = (KeyError, ValueError)");
    const error = await caught(() => module.fails());
    assert.ok(isPyError(error));
    assert.equal(error.matches(python.builtins.ValueError), true);
    assert.equal(error.matches(python.builtins.KeyError), false);
    assert.equal(error.matches(module.classes), true);
    assert.equal(error.matches("ValueError"), true);
    assert.equal(error.matches("JSONDecodeError"), true);
    assert.equal(error.matches("json.decoder.JSONDecodeError"), true);
    assert.equal(error.matches("builtins.Exception"), true);
    assert.equal(error.matches("LookupError"), false);
  });

  test("notes are read, kept, and part of the text", async () => {
    const module = load(`
      import sys
      def fails():
          error = ValueError("bad")
          if sys.version_info >= (3, 11):
              error.add_note("first note")
              error.add_note("second note")
          else:
              error.__notes__ = ["first note", "second note"]
          raise error
      def notes(f):
          try:
              f()
          except ValueError as error:
              # Its frames hold the callback, which holds the error: a cycle through both languages.
              error.__traceback__ = None
              return error.__notes__
    `);
    const error = await caught(() => module.fails());
    assert.deepEqual(error.notes, ["first note", "second note"]);
    assert.deepEqual(
      python.toJs(
        module.notes(() => {
          throw error;
        }),
      ),
      ["first note", "second note"],
    );
    assert.deepEqual((await caught(() => python.eval("1 / 0"))).notes, []);
  });

  test("an ExceptionGroup has errors, among them those that JS threw", async () => {
    const module = load(`
      import sys
      def fails(f):
          if sys.version_info < (3, 11):
              return None
          found = []
          for function in (f, lambda: 1 / 0):
              try:
                  function()
              except Exception as error:
                  found.append(error)
          raise ExceptionGroup("several", [found[0], ExceptionGroup("inner", [found[1]])])
    `);
    const mine = new Error("mine");
    const fail = (): never => {
      throw mine;
    };
    if (python.eval("__import__('sys').version_info < (3, 11)") === true) return;
    const error = await caught(() => module.fails(fail));
    assert.equal(error.name, "ExceptionGroup");
    assert.equal(error.errors.length, 2);
    assert.equal(error.errors[0], mine);
    assert.equal(error.errors[1].errors[0].name, "ZeroDivisionError");
    assert.equal(error.matches("ExceptionGroup"), true);
    assert.equal((await caught(() => python.eval("1 / 0"))).errors, undefined);
  });

  test("an AggregateError is an ExceptionGroup for except*, and the same object on the way back", async () => {
    const module = load(`
      import interloop, sys
      def passes(f):
          f()
      def facts(f):
          try:
              f()
          except interloop.JsError as error:
              return [error.name, error.message, [str(member) for member in getattr(error, "exceptions", ())]]
      split = None
      if sys.version_info >= (3, 11):
          exec("\\n".join((
              "def split(f):",
              "    found = []",
              "    try:",
              "        f()",
              "    except* ZeroDivisionError as errors:",
              "        found.append(len(errors.exceptions))",
              "    except* interloop.JsError as errors:",
              "        found.append(sorted(str(member) for member in errors.exceptions))",
              "    return found",
          )))
    `);
    const python311 = module.split !== null;
    const zero = await caught(() => python.eval("1 / 0"));
    const aggregate = new AggregateError([new TypeError("one"), zero, "text"], "several");
    const fail = (): never => {
      throw aggregate;
    };
    assert.equal(await caught(() => module.passes(fail)), aggregate);
    const members = python311 ? ["TypeError: one", "division by zero", "string: text"] : [];
    assert.deepEqual(python.toJs(module.facts(fail)), ["AggregateError", "several", members]);
    if (python311) assert.deepEqual(python.toJs(module.split(fail)), [1, ["TypeError: one", "string: text"]]);
    const empty = new AggregateError([], "none");
    assert.equal(
      await caught(() =>
        module.passes(() => {
          throw empty;
        }),
      ),
      empty,
    );
  });

  test("an AggregateError of any size keeps all its errors", async () => {
    const module = load(`
      import sys
      def members(f):
          try:
              f()
          except Exception as error:
              return len(error.exceptions) if sys.version_info >= (3, 11) else len(error.value.errors)
    `);
    const size = 200_000;
    assert.equal(
      module.members(() => {
        throw new AggregateError(
          Array.from({ length: size }, (_, index) => index),
          "many",
        );
      }),
      size,
    );
  });

  test("the stack of a JS error that comes home names the Python functions between the JS ones", async () => {
    const module = load(helpers);
    const error = new Error("mine");
    function innermost(): never {
      throw Object.assign(new Error("mine"), { error });
    }
    function outermost(): void {
      module.middle(innermost);
    }
    const { stack } = await caught(() => outermost());
    inOrder(stack, "innermost", "middle (case.py", "outermost");
    assert.ok(!stack.includes("core/src"), stack);
    async function deep(): Promise<never> {
      await Promise.resolve();
      throw new Error("later");
    }
    inOrder((await caught(() => module.middle_async(deep))).stack, "deep", "middle_async (case.py");
  });

  test("Python's traceback of a JS error names the JS functions, outermost first", async () => {
    const module = load(helpers);
    function innermost(): never {
      throw new Error("mine");
    }
    function between(): void {
      module.middle(innermost);
    }
    inOrder(module.printed(between), "in printed", "in between", "in middle", "in innermost", "JsError: Error: mine");
    async function rejects(): Promise<never> {
      await Promise.resolve();
      throw new Error("mine");
    }
    inOrder(await module.printed_async(rejects), "in printed_async", "in rejects", "JsError: Error: mine");
  });

  test("a Python exception that goes through JS names the JS functions in Python's traceback and in the stack", async () => {
    const module = load(helpers);
    function between(): void {
      module.bad();
    }
    inOrder(module.printed(between), "in printed", "in between", "in bad", "ValueError: bad");
    const error = await caught(() => module.middle(between));
    inOrder(error.stack, "ValueError: bad", "at bad (case.py", "between", "at middle (case.py");
    assert.deepEqual(
      error.frames.map((frame: { function: string }) => frame.function),
      ["middle", "between", "bad"],
    );
  });

  test(
    "the stack of a Python exception names the JS functions that awaited it",
    async () => {
      const module = load(helpers);
      async function awaits(body: () => Promise<unknown>): Promise<void> {
        await body();
      }
      async function outermost(body: () => Promise<unknown>): Promise<void> {
        await awaits(body);
      }
      for (const body of [() => module.bad_later(), () => module.bad_at_once()]) {
        const error = await caught(() => outermost(async () => await body()));
        inOrder(error.stack, "ValueError: bad", "at bad_", "awaits", "outermost");
      }
    },
    { needs: "asyncStacks" },
  );

  test("a frozen error and one whose stack is no text come home as they are", async () => {
    const module = load(helpers);
    for (const error of [Object.freeze(new Error("frozen")), Object.assign(new Error("odd"), { stack: 5 })]) {
      assert.equal(
        await caught(() =>
          module.middle(() => {
            throw error;
          }),
        ),
        error,
      );
    }
  });

  const special = `
    import asyncio
    def cut(error):
        """Its frames hold the callback, which holds the error: a cycle through both languages."""
        while error is not None:
            error.__traceback__, error = None, error.__cause__ or error.__context__
    def raises(name):
        raise getattr(__import__("builtins"), name)("x")
    async def raises_later(name):
        await asyncio.sleep(0)
        raise getattr(__import__("builtins"), name)("x")
    async def gives(f):
        try:
            await f()
        except BaseException as error:
            cut(error)
            return [type(error).__name__, type(error.__cause__).__name__]
    def calls(f):
        try:
            f()
        except BaseException as error:
            cut(error)
            return type(error).__name__
    def generator(f):
        yield f()
    def drives(f):
        try:
            list(generator(f))
        except BaseException as error:
            cut(error)
            return type(error).__name__
    def forever():
        return forever()
  `;

  for (const name of ["StopIteration", "StopAsyncIteration", "KeyboardInterrupt", "SystemExit", "RecursionError", "MemoryError", "GeneratorExit"]) {
    test(`${name} reaches the JS caller as a PyError, and goes back as itself`, async () => {
      const module = load(special);
      const error = await caught(() => module.raises(name));
      assert.ok(isPyError(error));
      assert.equal(error.name, name);
      assert.equal(
        module.calls(() => {
          throw error;
        }),
        name,
      );
      // A coroutine cannot raise StopIteration: Python makes it a RuntimeError at home, and so does a promise.
      const rejects = (): Promise<never> => Promise.reject(error);
      const facts = python.toJs(await module.gives(rejects));
      assert.deepEqual(facts, name === "StopIteration" ? ["RuntimeError", "StopIteration"] : [name, "NoneType"]);
    });
  }

  test("StopIteration out of a coroutine, and into a generator, is Python's RuntimeError", async () => {
    const module = load(special);
    assert.equal((await caught(() => module.raises_later("StopIteration"))).name, "RuntimeError");
    const stop = await caught(() => module.raises("StopIteration"));
    assert.equal(
      module.drives(() => {
        throw stop;
      }),
      "RuntimeError",
    );
  });

  test("runaway recursion is the error of the language that ran away", async () => {
    const module = load(special);
    assert.equal((await caught(() => module.forever())).name, "RecursionError");
    const overflow = (): number => overflow() + 1;
    const error = await caught(() => module.raises.__class__ && load("def call(f): return f()").call(overflow));
    assert.ok(error instanceof RangeError || error.name === "RecursionError", String(error));
    assert.equal(module.calls(overflow), "JsError");
  });

  test("an exception of a future that nobody retrieved says which JS function made it", async () => {
    const module = load(`
      import gc
      seen = []
      def install(loop):
          def handler(loop, context):
              error = context["exception"]
              traceback = error.__traceback__
              while traceback.tb_next is not None:
                  traceback = traceback.tb_next
              seen.append(context["message"] + ": " + traceback.tb_frame.f_code.co_name)
          loop.set_exception_handler(handler)
      def remove(loop):
          gc.collect()
          loop.set_exception_handler(None)
          return list(seen)
    `);
    const loop = api.getCurrentLoop();
    module.install(loop);
    const future: Py = promiseIntoPy(async function culprit() {
      await Promise.resolve();
      throw new Error("nobody looks");
    });
    // A bound method holds the future, until JS's collector comes by.
    while (python.scope(() => future.done()) !== true) await later(null);
    future[Symbol.dispose]();
    await settle();
    assert.deepEqual(python.toJs(module.remove(loop)), ["Future exception was never retrieved: culprit"]);
  });

  test("an unhandled rejection of a Python exception names the Python function, and the JS one that awaited", async () => {
    const module = load(helpers);
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    let seen: Py;
    process.once("unhandledRejection", (error) => (seen = error));
    try {
      const forgotten = async (): Promise<void> => {
        await module.bad_later();
      };
      void forgotten();
      while (seen === undefined) await later(null);
      inOrder(seen.stack, "ValueError: bad", "at bad_later (case.py", ...(has(capabilities.asyncStacks) ? ["forgotten"] : []));
    } finally {
      for (const listener of others) process.on("unhandledRejection", listener);
    }
  });
};
