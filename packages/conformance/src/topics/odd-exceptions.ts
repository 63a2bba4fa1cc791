/** Exceptions whose classes do not behave, errors where no stack is left, and texts that are too long for the engine. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const oddExceptions: Topic = ({ api, capabilities, test, load }) => {
  const { isPyError, python } = api;

  const classes = `
    import asyncio
    class Hidden(type):
        @property
        def __name__(cls):
            raise RuntimeError("no name")
    class Nameless(Exception, metaclass=Hidden): pass
    class Text(Exception):
        def __str__(self):
            raise RuntimeError("no text")
    class Number(Exception):
        def __str__(self):
            return 5
    class Notes(Exception):
        @property
        def __notes__(self):
            raise RuntimeError("no notes")
    class Traceback(Exception):
        __traceback__ = 5
    class Attributes(Exception):
        def __getattribute__(self, name):
            raise RuntimeError(name)
    class Arguments(Exception):
        def __init__(self, first, *, second):
            super().__init__(first, second)
    def make(kind):
        return Arguments(1, second=2) if kind == "Arguments" else globals()[kind]("words")
    def plain(kind):
        raise make(kind)
    async def later(kind):
        await asyncio.sleep(0)
        raise make(kind)
    def catches(f, kind):
        try:
            f()
        except BaseException as error:
            return type(error) is globals()[kind]
    async def catches_later(f, kind):
        try:
            await f()
        except BaseException as error:
            return type(error) is globals()[kind]
  `;

  for (const [kind, message] of Object.entries({
    Nameless: "words",
    Text: "<the exception's __str__ raised>",
    Number: "<the exception's __str__ raised>",
    Notes: "words",
    Traceback: "words",
    Attributes: "words",
    Arguments: "(1, 2)",
  })) {
    test(`an exception crosses, can be read, and comes home as itself: ${kind}`, async () => {
      const module = load(classes);
      for (const raise of [() => module.plain(kind), async () => module.later(kind)] as (() => Promise<unknown>)[]) {
        const error = await caught(raise);
        assert.ok(isPyError(error));
        assert.deepEqual([error.name, error.message, [...error.notes]], [kind, message, []]);
        assert.match(error.traceback, new RegExp(`File "case.py".*\\n[^]*${kind}`));
        assert.ok(error.frames.length > 0);
        assert.match(error.stack!, new RegExp(`^${kind}: `));
        // The frames in the traceback hold the functions, which are not to hold the error in turn.
        const box: { error: unknown } = { error };
        const throws = (): never => {
          throw box.error;
        };
        const rejects = async (): Promise<never> => {
          await later(null);
          throw box.error;
        };
        assert.equal(module.catches(throws, kind), true);
        assert.equal(await module.catches_later(rejects, kind), true);
        box.error = undefined;
      }
    });
  }

  test("StopIteration that a JS generator throws does not pass for its end, as an error, as a handle, or of a class of one's own", async () => {
    const module = load(`
      class Stop(StopIteration): pass
      def make(own):
          return (Stop if own else StopIteration)("v")
      def plain(error):
          raise error
      def items(generator):
          return list(generator)
    `);
    for (const own of [false, true]) {
      const handle: Py = module.make(own);
      for (const thrown of [handle, await caught(() => module.plain(handle))]) {
        const generator = function* (): Generator<number> {
          yield 1;
          throw thrown;
        };
        const error = await caught(() => module.items(generator()));
        assert.deepEqual([error.name, error.message], ["RuntimeError", "generator raised StopIteration"]);
      }
    }
  });

  test(
    "calls that go on for ever end with RecursionError or RangeError, and everything works afterwards",
    async () => {
      const module = load("def call(f): return f()");
      const endless = (): unknown => module.call(endless);
      for (let round = 0; round < 3; round++) {
        const error = await caught(() => endless());
        assert.ok(error.name === "RangeError" || error.name === "RecursionError", String(error));
        assert.equal(
          module.call(() => 5),
          5,
        );
      }
    },
    { leaves: "where no stack is left, a call may end before core has taken over what belongs to it" },
  );

  if (capabilities.nightly) {
    test("a str that is longer than the engine's strings is an error that says so", async () => {
      const module = load(`
        import asyncio
        big = "x" * (1 << 31)
        def plain(): return big
        async def later():
            await asyncio.sleep(0)
            return big
        def inside(): return [big]
        def call(f): return f(big)
        def raises(): raise ValueError(big)
      `);
      const ways: (() => unknown)[] = [() => module.plain(), () => module.later(), () => python.toJs(module.inside()), () => module.call(() => undefined)];
      for (const way of ways) assert.equal((await caught(async () => way())).code, "not-convertible");
      assert.equal((await caught(() => module.raises())).name, "ValueError");
    });
  }
};
