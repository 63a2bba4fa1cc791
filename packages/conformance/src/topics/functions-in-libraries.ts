/** JS functions where Python's libraries want functions: they look at names, signatures, flags of the code and attributes, and decorate what they get. */
import assert from "node:assert/strict";
import { caught, later, until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const KEPT = "libraries keep what they load";

export const functionsInLibraries: Topic = ({ api, test, load, collectPython }) => {
  const { python, kwargs } = api;
  const { builtins } = python;
  const seen = (value: unknown): unknown => python.toJs(value);

  test("a JS function has the attributes of a Python function, and keeps what decorators set", () => {
    const module = load(`
      import abc, copy, functools, inspect, types
      def facts(f):
          code = f.__code__
          return [isinstance(f, types.FunctionType), inspect.isfunction(f), f.__name__, f.__module__, f.__closure__, f.__defaults__, f.__kwdefaults__, code.co_varnames, code.co_argcount]
      def of_class(c): return [isinstance(c, types.FunctionType), inspect.isclass(c), callable(c)]
      def copies(f): return [copy.copy(f) is f, copy.deepcopy([f])[0] is f]
      def mark(f):
          f.__marks__ = []
          f.__marks__.append("seen")
          f.plain = 1
          return [f.__marks__, hasattr(f, "__wrapped__"), vars(f) == {"__marks__": ["seen"], "plain": 1}]
      def original(a, *, b=2):
          "What it does."
      original.extra = "more"
      def wrapped(f):
          f = functools.wraps(original)(f)
          return [f.__name__, f.__doc__, f.extra, f.__wrapped__ is original, str(inspect.signature(f)), f(5)]
      def wraps(f):
          @functools.wraps(f)
          def wrapper(*args, **kwargs): return ["wrapped", f(*args, **kwargs)]
          return [wrapper.__name__, wrapper(1, b=3), str(inspect.signature(wrapper))]
      def abstract(f): return abc.ABCMeta("Base", (), {"run": abc.abstractmethod(f)}).__abstractmethods__ == {"run"}
      def unmarked(f):
          del f.__marks__
          return hasattr(f, "__marks__")
    `);
    const sum = function sum(a: number, { b = 2 } = {}): number {
      return a + b;
    };
    assert.deepEqual(seen(module.facts(sum)), [true, true, "sum", "__main__", null, null, { b: 2 }, ["a", "b"], 1]);
    assert.deepEqual(seen(module.facts((x = 1) => x)), [true, true, "<lambda>", "__main__", null, [1], null, ["x"], 1]);
    assert.deepEqual(seen(module.of_class(class {})), [false, false, true]);
    assert.deepEqual(seen(module.copies(sum)), [true, true]);
    assert.deepEqual(seen(module.mark(sum)), [["seen"], false, true]);
    assert.deepEqual([module.unmarked(sum), (sum as Py).plain], [false, 1]);
    assert.deepEqual(seen(module.wrapped((a: number) => a * 2)), ["original", "What it does.", "more", true, "(a, *, b=2)", 10]);
    assert.deepEqual(seen(module.wraps(function named(a: number, b: number) {
      return a + b;
    })), ["named", ["wrapped", 4], "(a, b)"]); // prettier-ignore
    assert.equal(module.abstract(() => 1), true); // prettier-ignore
  });

  test("inspect tells generator functions, async functions and others apart", async () => {
    const module = load(`
      import asyncio, contextlib, functools, inspect
      def kinds(f): return [inspect.isgeneratorfunction(f), inspect.isasyncgenfunction(f), inspect.iscoroutinefunction(f)]
      def both(f): return [kinds(f), kinds(functools.partial(f))]
      def use(f):
          with contextlib.contextmanager(f)() as value: return value
      def imported(name): return kinds(getattr(__import__(name), "make"))
      def listed(name): return list(__import__(name).make(3))
      async def drained(name): return [item async for item in __import__(name).make(3)]
      async def steered(name):
          source = __import__(name).make(1)
          got = [await source.asend(None), await source.asend("sent")]
          await source.aclose()
          return got
    `);
    function* make(count: number) {
      for (let index = 0; index < count; index++) yield index;
    }
    const closed: string[] = [];
    async function* makeAsync(count: number): AsyncGenerator<unknown, void, unknown> {
      try {
        for (let index = 0; index < count; index++) {
          const sent = yield await later(index);
          if (sent !== undefined && sent !== null) yield sent;
        }
      } finally {
        closed.push("closed");
      }
    }
    assert.deepEqual(seen(module.both(make)), [
      [true, false, false],
      [true, false, false],
    ]);
    assert.deepEqual(seen(module.kinds(makeAsync)), [false, true, false]);
    assert.deepEqual(seen(module.kinds(make.bind(null, 2))), [true, false, false]);
    assert.deepEqual(seen(module.kinds(async () => 1)), [false, false, true]);
    assert.deepEqual(seen(module.kinds(() => 1)), [false, false, false]);
    assert.equal(
      module.use(() => make(1)),
      0,
    );
    api.pymodule("il_generators", { make });
    api.pymodule("il_async_generators", { make: makeAsync });
    assert.deepEqual(seen(module.imported("il_generators")), [true, false, false]);
    assert.deepEqual(seen(module.imported("il_async_generators")), [false, true, false]);
    assert.deepEqual(seen(module.listed("il_generators")), [0, 1, 2]);
    assert.deepEqual(seen(await module.drained("il_async_generators")), [0, 1, 2]);
    assert.deepEqual(seen(await module.steered("il_async_generators")), [0, "sent"]);
    assert.deepEqual(closed, ["closed", "closed"]);
    load("import sys\ndef forget():\n    for name in ('il_generators', 'il_async_generators'): sys.modules.pop(name)").forget();
  });

  test("pandas calls JS functions in apply, map, agg, transform, assign and rename", () => {
    const pd = python.import("pandas");
    const df = pd.DataFrame([
      { k: "a", v: 1 },
      { k: "b", v: 2 },
      { k: "a", v: 3 },
    ]);
    assert.deepEqual(seen(df.v.map((x: number) => x * 2).tolist()), [2, 4, 6]);
    assert.deepEqual(seen(df.v.apply((x: number, y: number) => x + y, kwargs({ y: 0.5 })).tolist()), [1.5, 2.5, 3.5]);
    assert.deepEqual(seen(df.apply((row: Py) => `${row.k}-${row.v}`, kwargs({ axis: 1 })).tolist()), ["a-1", "b-2", "a-3"]);
    assert.deepEqual(seen(df.apply((row: Py) => ({ twice: row.v * 2 }), kwargs({ axis: 1, result_type: "expand" })).to_dict("list")), { twice: [2, 4, 6] });
    const groups = df.groupby("k");
    assert.deepEqual(seen(groups.v.agg((s: Py) => s.max() - s.min()).to_dict()), { a: 2, b: 0 });
    assert.deepEqual(seen(groups.v.agg([(s: Py) => s.max(), (s: Py) => s.min(), function span(s: Py) { return s.max() - s.min(); }]).columns.tolist()), ["<lambda_0>", "<lambda_1>", "span"]); // prettier-ignore
    assert.deepEqual(seen(groups.agg({ v: (s: Py) => s.max() - s.min() }).to_dict()), { v: { a: 2, b: 0 } });
    const csv = python.import("io").StringIO("a,b\n1,2\n");
    assert.deepEqual(seen(pd.read_csv(csv, kwargs({ converters: { a: (text: string) => `${text}!` } }))), [{ a: "1!", b: 2 }]);
    assert.deepEqual(seen(groups.v.transform((s: Py) => s.sum()).tolist()), [4, 2, 4]);
    assert.deepEqual(seen(groups.filter((g: Py) => python.len(g) > 1).v.tolist()), [1, 3]);
    assert.deepEqual(seen(df.assign(kwargs({ w: (d: Py) => python.expr("d.v * 10", { d }) })).w.tolist()), [10, 20, 30]);
    assert.deepEqual(seen(df.rename(kwargs({ columns: (name: string) => name.toUpperCase() })).columns.tolist()), ["K", "V"]);
    assert.deepEqual(seen(df.sort_values("v", kwargs({ key: (s: Py) => python.expr("-s", { s }) })).v.tolist()), [3, 2, 1]);
    const np = python.import("numpy");
    // Whatever the engine does to the flags of floating-point exceptions, numpy hears nothing of it.
    const strict = (): unknown => seen(np.vectorize((x: number, y: number) => (x + y) / (y - y) > 1 ? Math.trunc(1e300) % 7 : x)([1, 2], [3, 4]));
    assert.deepEqual(seen(python.enter(np.errstate(kwargs({ all: "raise" })), strict)), [1e300 % 7, 1e300 % 7]);
  }, { leaves: KEPT }); // prettier-ignore

  test("the standard library calls JS functions", () => {
    const module = load("import functools, heapq, itertools, json, re, sqlite3\nclass Thing: pass");
    const { functools, itertools, json, re, sqlite3 } = module;
    const list = builtins.list;
    assert.deepEqual(seen(builtins.sorted(["ccc", "a", "bb"], kwargs({ key: (text: string) => [-text.length, text] }))), ["ccc", "bb", "a"]);
    assert.deepEqual(seen(builtins.sorted([{ n: 2 }, { n: 1 }], kwargs({ key: (row: Py) => row.n }))), [{ n: 1 }, { n: 2 }]);
    assert.deepEqual(seen(builtins.sorted([3, 1, 2], kwargs({ key: functools.cmp_to_key((a: number, b: number) => b - a) }))), [3, 2, 1]);
    assert.equal(
      functools.reduce((a: number, b: number) => a + b, [1, 2, 3], 10),
      16,
    );
    assert.equal(functools.partial((a: number, b: number) => a - b, kwargs({ b: 1 }))(3), 2);
    let calls = 0;
    const cached = functools.lru_cache((x: number) => {
      calls++;
      return x * 2;
    });
    assert.deepEqual([cached(1), cached(1), cached(2), calls], [2, 2, 4, 2]);
    assert.deepEqual(seen(list(builtins.filter((x: number) => x > 1, [1, 2, 3]))), [2, 3]);
    assert.deepEqual(seen(list(builtins.map((x: number, y: number) => x * y, [1, 2], [3, 4]))), [3, 8]);
    assert.deepEqual(seen(list(itertools.takewhile((x: number) => x < 3, [1, 2, 3, 1]))), [1, 2]);
    assert.deepEqual(seen(module.heapq.nlargest(1, [1, 2, 3], kwargs({ key: (x: number) => -x }))), [1]);
    assert.equal(
      re.sub("[a-z]", (match: Py) => match.group(0).toUpperCase(), "a1b"),
      "A1B",
    );
    assert.equal(json.dumps({ set: builtins.set([1]) }, kwargs({ default: (value: Py) => [...value] })), '{"set": [1]}');
    const database = sqlite3.connect(":memory:");
    database.create_function("twice", 1, (x: number) => x * 2);
    assert.deepEqual(seen(database.execute("select twice(4)").fetchone()), [8]);
    database.close();
    assert.equal(builtins.eval("double(n) + 1", { double: (x: number) => x * 2, n: 4 }), 9);
    assert.equal(
      builtins
        .type("Made", python.tuple(), { twice: (_self: Py, x: number) => x * 2 })()
        .twice(4),
      8,
    );
    let ended: unknown;
    const thing = module.Thing();
    python.import("weakref").finalize(thing, (value: number) => (ended = value), 7);
    thing[Symbol.dispose]();
    collectPython();
    assert.equal(ended, 7);
  });

  test("json and vars see the own properties of an instance", () => {
    class User {
      readonly name: string;
      readonly #age = 5;
      constructor(name: string) {
        this.name = name;
      }
      get age(): number {
        return this.#age;
      }
    }
    const module = load("import json\ndef shown(x): return json.dumps(x, default=vars)\ndef attribute(x): return x.__dict__");
    assert.equal(module.shown({ user: new User("Ada") }), '{"user": {"name": "Ada"}}');
    assert.deepEqual(seen(module.attribute(new User("Bob"))), { name: "Bob" });
    assert.deepEqual(seen(module.attribute(() => 1)), {});
  });

  test("threads, executors, loops and Tasks call JS functions", async () => {
    const module = load("import asyncio, threading, concurrent.futures as futures\npool = futures.ThreadPoolExecutor(2)");
    const got: unknown[] = [];
    const push = (value: unknown): void => void got.push(value);
    module.threading.Thread(kwargs({ target: push, args: python.tuple("thread") })).start();
    module.threading.Timer(0.001, push, ["timer"]).start();
    const { asyncio } = module;
    const loop = api.getCurrentLoop() as Py;
    loop.call_soon_threadsafe(push, "soon");
    loop.call_soon_threadsafe(loop.call_later, 0.001, push, "later");
    module.pool.submit(builtins.int, "5").add_done_callback((future: Py) => push(future.result()));
    assert.equal(await asyncio.wrap_future(module.pool.submit((x: number) => x * 2, 4)), 8);
    assert.equal(await asyncio.to_thread((x: number) => x + 1, 1), 2);
    const task = asyncio.ensure_future(asyncio.sleep(0.001, "task"));
    task.add_done_callback((done: Py) => push(done.result()));
    await until(() => got.length === 6);
    assert.deepEqual(got.map(String).toSorted(), ["5", "later", "soon", "task", "thread", "timer"]);
    module.pool.shutdown(kwargs({ wait: false }));
  }, { leaves: "threads of the executor" }); // prettier-ignore

  test("unittest.mock takes JS functions for effects, patches and specifications", async () => {
    const mock = python.import("unittest.mock");
    const double = mock.Mock(kwargs({ side_effect: (x: number) => x * 2 }));
    assert.deepEqual([double(3), double.call_count], [6, 1]);
    assert.equal(await mock.AsyncMock(kwargs({ side_effect: async (x: number) => later(x * 2) }))(3), 6);
    const module = load("import os.path\ndef there(path): return os.path.exists(path)");
    const answer = python.enter(mock.patch("os.path.exists", (path: string) => path === "/x"), () => module.there("/x") as boolean); // prettier-ignore
    assert.equal(answer, true);
    const spec = mock.create_autospec((a: number, b = 2) => a + b);
    spec(1, 2);
    assert.equal((await caught(() => spec(1, 2, 3))).name, "TypeError");
  }, { leaves: KEPT }); // prettier-ignore

  test("pydantic validates with JS functions, and models have methods in JS", async () => {
    const pydantic = python.import("pydantic");
    const { str, int } = builtins;
    const { Annotated } = python.import("typing");
    const check = (type: string, names: Record<string, unknown>, value: unknown): unknown =>
      seen(pydantic.TypeAdapter(python.expr(type, { ...pydanticNames(pydantic), Annotated, ...names })).validate_python(value));
    assert.equal(check("Annotated[int, AfterValidator(f)]", { f: (x: number) => x * 2 }, "4"), 8);
    assert.equal(check("Annotated[int, BeforeValidator(f)]", { f: (text: string) => text.length }, "abc"), 3);
    assert.equal(check("Annotated[int, WrapValidator(f)]", { f: (value: unknown, handler: Py) => handler(value) + 1 }, "4"), 5);
    const User = python.subclass(pydantic.BaseModel, {
      __annotations__: { name: str, visits: int },
      visits: 0,
      greet: (self: Py) => `Hello ${self.name}`,
      upper: pydantic.field_validator("name")((cls: Py, name: string) => {
        if (name === "") throw builtins.ValueError("no name") as Py;
        return name.toUpperCase();
      }),
    });
    const user = User(kwargs({ name: "Ada" }));
    assert.deepEqual([user.greet(), user.visits], ["Hello ADA", 0]);
    assert.equal((await caught(() => User(kwargs({ name: "" })))).name, "ValidationError");
    const add = pydantic.validate_call(python.annotate((a: number, b: number) => a + b, { parameters: { a: int, b: int } }));
    assert.equal(add("1", 2), 3);
  }, { leaves: KEPT }); // prettier-ignore

  test("click makes commands of JS functions", () => {
    const click = python.import("click");
    const runner = python.import("click.testing").CliRunner();
    const hello = python.annotate(({ n, name }: { n: number; name: string }) => void click.echo(`hello ${name} ${n}`), { name: "hello", doc: "Say it." });
    const command = click.command()(click.option("--name", kwargs({ default: "nobody" }))(click.argument("n", kwargs({ type: builtins.int }))(hello)));
    assert.deepEqual([runner.invoke(command, ["5", "--name", "Bob"]).output, command.name], ["hello Bob 5\n", "hello"]);
    assert.match(runner.invoke(command, ["--help"]).output, /Say it\./);
  }, { leaves: KEPT }); // prettier-ignore
};

function pydanticNames(pydantic: Py): Record<string, unknown> {
  return Object.fromEntries(["AfterValidator", "BeforeValidator", "WrapValidator"].map((name) => [name, pydantic[name] as unknown]));
}
