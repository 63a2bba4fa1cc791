/** What Python sees of a caller that is JS: a frame of `__main__`, and none of ours. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const lookers = `
import asyncio, contextlib, functools, inspect, io, logging, sys, traceback, warnings

def caller(depth=1):
    frame = sys._getframe(depth)
    return [frame.f_globals["__name__"], frame.f_code.co_name, frame.f_locals is frame.f_globals or frame.f_locals == frame.f_globals]

class Looker:
    def __init__(self): self.made_by = caller(2)
    def method(self): return caller(2)
    def __call__(self): return caller(2)
    @classmethod
    def of_class(cls): return caller(2)
    @staticmethod
    def of_nobody(): return caller(2)
    @property
    def read(self): return caller(2)
    def __getattr__(self, name):
        if name == "made_up": return caller(2)
        raise AttributeError(name)
    def __setattr__(self, name, value):
        self.__dict__[name] = caller(2) if name == "kept" else value
    def __iter__(self): return self
    def __next__(self): return caller(2)

def generate():
    yield caller(2)

async def direct(): return caller(2)
async def later():
    await asyncio.sleep(0)
    return caller(2)
async def stream():
    yield caller(2)
    yield caller(2)

def __getattr__(name):
    if name == "made_up": return caller(2)
    raise AttributeError(name)

def named(*, depth): return caller(depth)
def leaf(a, b): return a + b
def current(): return inspect.currentframe().f_back.f_globals["__name__"]
def outer(): return [frame.function for frame in inspect.stack()][1]
def warn():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=2)
    return seen[0].filename
def find_caller():
    return logging.getLogger("x").findCaller(stacklevel=2)[0]
def scope(callback): return callback()
`;

const main = ["__main__", "<module>", true];

export const callerFrames: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const seen = (value: unknown): unknown => python.toJs(value);

  test("whatever JS calls, reads, sets or steps has a frame of __main__ below it", async () => {
    const module = load(lookers);
    const looker = module.Looker();
    assert.deepEqual(seen(module.caller()), main);
    for (const value of [looker.made_by, looker.method(), looker(), module.Looker.of_class(), module.Looker.of_nobody(), looker.read, looker.made_up])
      assert.deepEqual(seen(value), main);
    looker.kept = 1;
    assert.deepEqual(seen(python.getAttr(looker, "kept")), main);
    assert.deepEqual(seen(looker[Symbol.iterator]().next().value), main);
    assert.deepEqual(seen([...module.generate()][0]), main);
    assert.deepEqual(seen(module.named(kwargs({ depth: 2 }))), main);
    assert.deepEqual(seen(module.made_up), main);
    assert.deepEqual(seen(python.import("functools").partial(module.caller, 1)()), main);
    // Once as often as it takes the addon to know a function well.
    for (let count = 0; count < 40; count++) {
      assert.equal(module.leaf(count, 1), count + 1);
      assert.equal(module.current(), "__main__");
    }
    const { leaf, current } = module;
    for (let count = 0; count < 40; count++) {
      assert.equal(leaf(count, 1), count + 1);
      assert.equal(current(), "__main__");
    }
  });

  test("coroutines, streams and what JS calls inside of Python have a caller too", async () => {
    const module = load(lookers);
    assert.equal(typeof (python.toJs(await module.direct()) as Py[])[0], "string");
    assert.equal(typeof (python.toJs(await module.later()) as Py[])[0], "string");
    const items: unknown[] = [];
    for await (const item of api.intoAsyncIterable<Py>(module.stream())) items.push(item);
    assert.equal(items.length, 2);
    assert.deepEqual(seen(module.scope(() => module.caller())), main);
  });

  test("functions that look at their caller work: eval, exec, globals, locals, dir, vars, warnings, inspect, logging", () => {
    const { builtins } = python;
    const module = load(lookers);
    const __main__ = python.import("__main__");
    assert.equal(builtins.eval("__name__"), "__main__");
    builtins.exec("il_made_by_exec = 6 * 7");
    assert.equal(__main__.il_made_by_exec, 42);
    assert.equal(builtins.eval("il_made_by_exec + 1"), 43);
    assert.ok(python.contains(builtins.dir(), "il_made_by_exec"));
    builtins.globals().pop("il_made_by_exec");
    assert.equal(__main__.il_made_by_exec, undefined);
    assert.ok(python.is(builtins.locals(), builtins.globals()));
    assert.ok(python.is(builtins.vars(), builtins.globals()));
    assert.equal(python.getItem(builtins.globals(), "__name__"), "__main__");
    assert.equal(builtins.__import__("math").pi > 3, true);
    assert.equal(python.import("inspect").currentframe().f_globals.get("__name__"), "__main__");
    assert.equal(module.outer(), "<module>");
    assert.equal(module.warn(), "<javascript>");
    assert.equal(module.find_caller(), "<javascript>");
    // Nothing of the calls stays in the module.
    assert.deepEqual(
      (seen(builtins.dir(__main__)) as string[]).filter((name) => !name.startsWith("_")).filter((name) => name === "f" || name === "args"),
      [],
    );
  });

  test("classes made by a call belong to __main__", () => {
    const { builtins } = python;
    const typing = python.import("typing");
    const named: Record<string, Py> = {
      namedtuple: python.import("collections").namedtuple("P", "x y"),
      NamedTuple: typing.NamedTuple("N", [["a", builtins.int]]),
      Enum: python.import("enum").Enum("Color", "RED BLUE"),
      NewType: typing.NewType("UserId", builtins.int),
      TypeVar: typing.TypeVar("T"),
      type: builtins.type("Made", python.toPy([], { array: "tuple" }), python.toPy({})),
    };
    for (const [name, made] of Object.entries(named)) assert.equal(made.__module__, "__main__", name);
  });

  test(
    "tracebacks and stacks show none of our frames",
    async () => {
      const module = load(`${lookers}
def boom(): raise ValueError("boom")
def text(f, *args):
    try:
        f(*args)
    except BaseException as error:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
async def text_async(f, *args):
    try:
        await f(*args)
    except BaseException as error:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
class Manager:
    def __enter__(self): return self
    def __exit__(self, *error): self.seen = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error[2])]
    async def __aenter__(self): return self
    async def __aexit__(self, *error): self.__exit__(*error)
    def __len__(self): boom()
    def __repr__(self): boom()
    def __iter__(self): boom()
    def __eq__(self, other): boom()
async def raises(): boom()
def through(callback): callback()
`);
      const ours = /interloop[\\/]_\w+\.py|<javascript>/;
      const manager = module.Manager();
      const fails = (): never => {
        throw new RangeError("of JS");
      };
      const errors: Py[] = [
        await caught(() => module.boom()),
        await caught(() => module.raises()),
        await caught(() => module.through(module.boom)),
        await caught(() => python.enter(manager, () => module.boom())),
        await caught(() => python.enterAsync(manager, async () => module.boom())),
        await caught(() => python.len(manager)),
        await caught(() => python.repr(manager)),
        await caught(() => [...manager]),
        await caught(() => python.equals(manager, 1)),
        await caught(() => python.exec("raise ValueError('top')")),
        await caught(() => python.eval("1 / 0")),
        await caught(() => python.fromCode("raise ValueError('top')", "top.py", "il_top")),
        await caught(() => python.import("il_no_such_module")),
      ];
      for (const error of errors) assert.doesNotMatch(`${error.traceback}\n${error.stack.replace(/^ {4}at .*$/gm, "")}`, ours);
      assert.doesNotMatch((await caught(() => module.through(fails))).stack, ours);
      assert.deepEqual(
        (seen(manager.seen) as string[]).filter((file) => ours.test(file)),
        [],
      );
      await caught(() => python.enterAsync(manager, async () => module.boom()));
      assert.deepEqual(
        (seen(manager.seen) as string[]).filter((file) => ours.test(file)),
        [],
      );

      api.pymodule("il_frames", {
        plain: fails,
        async slow(): Promise<never> {
          return fails();
        },
        Made: class {
          constructor() {
            fails();
          }
        },
      });
      const frames = python.import("il_frames");
      const package_ = /interloop[\\/]_\w+\.py/;
      for (const text of [
        module.text(frames.plain),
        module.text(frames.Made),
        await module.text_async(frames.slow),
        module.text(
          python.import("interloop").new,
          class {
            constructor() {
              fails();
            }
          },
        ),
        module.text(python.import("interloop").import_js, 7),
        module.text(python.builtins.isinstance, new (class {})(), () => 1),
        module.text(fails),
      ])
        assert.doesNotMatch(text, package_);
    },
    { leaves: "the module il_frames stays" },
  );

  test("Tasks are named after what they run", async () => {
    const module = load(`
      import asyncio
      class Slow:
          def __await__(self): return asyncio.sleep(0.01).__await__()
      async def fetch(): await asyncio.sleep(0.01)
      def shown(): return [repr(task) for task in list(asyncio.tasks._all_tasks if hasattr(asyncio.tasks, "_all_tasks") else asyncio.tasks._scheduled_tasks)]
      async def own(): return repr(asyncio.current_task())
    `);
    const running = [module.fetch(), module.Slow()].map((awaitable) => api.intoPromise(awaitable));
    assert.match(await module.own(), /coro=<own\(\) running at/);
    for (const text of seen(module.shown()) as string[]) assert.doesNotMatch(text, /without __name__/);
    await Promise.all(running);
  });

  test("in debug mode the caller is the line of JS", async () => {
    const module = load(`
      import asyncio, sys, warnings
      def caller():
          frame = sys._getframe(1)
          return [frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno]
      async def fetch(): pass
      async def debug(on): asyncio.get_running_loop().set_debug(on)
      def unawaited(coroutine):
          origin = coroutine.cr_origin
          coroutine.close()
          return origin[0] if origin else None
      def boom(): raise ValueError("boom")
    `);
    const loop = api.getCurrentLoop() as Py;
    loop.set_debug(true);
    try {
      const [file, , line] = seen(module.caller()) as [string, string, number];
      if (file !== "<javascript>") {
        assert.match(file, /caller-frames\.[tj]s$/);
        assert.ok(line > 1);
      }
      const error = await caught(() => module.boom());
      assert.doesNotMatch(error.traceback, /caller-frames|<javascript>/);
    } finally {
      loop.set_debug(false);
    }
  });
};
