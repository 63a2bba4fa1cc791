/** Functions and classes of each language where the other one's libraries expect their own. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

let count = 0;

export const functionsAndClasses: Topic = ({ api, test, load }) => {
  const { python, kwargs } = api;
  const { builtins } = python;
  const seen = (value: unknown): unknown => python.toJs(value);
  const forget = (name: string): void => load("import sys\ndef forget(name): sys.modules.pop(name, None)").forget(name);

  test("a Python callable has call, apply, bind, name, length and toString, as JS libraries expect", () => {
    const module = load(`
      class Box:
          def __init__(self, *items): self.items = items
          def __call__(self, *more): return len(self.items) + len(more)
          def put(self, item, where=0): return item
      class Named:
          call = "mine"
          name = "named"
          def __call__(self): return 1
      def how_many(*args): return len(args)
      def three(a, b, c, d=4, *, e): return a
    `);
    const { how_many: howMany } = module;
    assert.equal(howMany.call(null, 1, 2), 2);
    assert.equal(howMany.apply(undefined, [1, 2, 3]), 3);
    assert.equal(howMany.bind(null, 1)(2), 2);
    assert.equal(Function.prototype.call.call(howMany, null, 1), 1);
    assert.equal(Reflect.apply(howMany, null, [1]), 1);
    assert.ok(howMany instanceof Function);
    assert.deepEqual([module.three.length, module.three.name, module.three.bind(null, 1).length], [3, "three", 2]);
    assert.deepEqual([module.Box(1).put.length, module.Box.name, builtins.len.length], [1, "Box", 1]);
    assert.equal(module.Box(1, 2).apply(null, [3]), 3);
    assert.match(howMany.toString(), /function how_many/);
    // Python's attributes come first.
    assert.deepEqual([module.Named().call, module.Named().name], ["mine", "named"]);

    const emitter = new EventEmitter();
    const got = builtins.list();
    emitter.on("x", got.append);
    emitter.once("x", howMany);
    emitter.emit("x", 1);
    emitter.emit("x", 2);
    assert.deepEqual(seen(got), [1, 2]);
    // What JS passes, Python gets.
    assert.deepEqual([7, 8].map(howMany), [3, 3]);
    assert.equal([1, 2, 3].reduce(python.eval("lambda total, item, *rest: total + item")), 6);
  });

  test("new makes an instance of a Python class, instanceof knows it, and extends says what to do", async () => {
    const module = load("class Point:\n    def __init__(self, x, y=0): self.x, self.y = x, y\nclass Far(Point): pass\ndef function(): pass");
    const point = new module.Point(1, kwargs({ y: 2 }));
    assert.deepEqual([point.x, point.y], [1, 2]);
    assert.ok(point instanceof module.Point);
    assert.ok(!(point instanceof module.Far));
    assert.ok(new module.Far(1) instanceof module.Point);
    assert.ok((5 as Py) instanceof (builtins.int as Py));
    assert.deepEqual(seen(new builtins.list([1])), [1]);
    assert.equal((await caught(() => new builtins.int(5))).code, "bad-argument");
    assert.ok((await caught(() => new module.function())) instanceof TypeError);
    for (const base of [module.Point, builtins.Exception, python.import("abc").ABC]) {
      const error = await caught(() => class extends base {});
      assert.equal(error.code, "not-inheritable");
      assert.match(error.message, /python\.subclass/);
    }
    // A class is a callable like others otherwise.
    assert.equal(typeof Object.getOwnPropertyDescriptor(module.Point, "length")?.value, "number");
    assert.equal(module.Point.bind(null, 4)().x, 4);
  });

  test("an async JS function is a coroutine function wherever it is handed over", async () => {
    const module = load(`
      import asyncio, functools, inspect, typing, collections.abc
      def kinds(f):
          return [inspect.iscoroutinefunction(f), asyncio.iscoroutinefunction(f), inspect.iscoroutinefunction(functools.partial(f, 1)), inspect.isgeneratorfunction(f)]
      def of_attribute(o): return kinds(o.run)
      def of_dict(d): return kinds(d["run"])
      def of_class(f): return [*kinds(type("C", (), {"run": f}).run), *kinds(type("C", (), {"run": f})().run)]
      async def used(f):
          return [await f(1), await asyncio.create_task(f(2)), await asyncio.wait_for(f(3), 60), list(await asyncio.gather(f(4), f(5)))]
      def traits(f):
          return [isinstance(f, getattr(collections.abc, name)) for name in ("Callable", "Iterable", "Sized", "Container", "AsyncIterable")]
      def hints(f): return typing.get_type_hints(f) == {}
    `);
    const run = async (x: number): Promise<number> => later(x);
    const yes = [true, true, true, false];
    assert.deepEqual(seen(module.kinds(run)), yes);
    assert.deepEqual(seen(module.of_attribute({ run })), yes);
    assert.deepEqual(seen(module.of_dict({ run })), yes);
    assert.deepEqual(seen(module.of_dict(python.toPy({ run }))), yes);
    assert.deepEqual(seen(module.of_class(run)), [...yes, ...yes]);
    assert.deepEqual(seen(module.kinds((x: number) => x)), [false, false, false, false]);
    assert.deepEqual(seen(await module.used(run)), [1, 2, 3, [4, 5]]);
    for (const fn of [run, (x: number): number => x]) {
      assert.deepEqual(seen(module.traits(fn)), [true, false, false, false, false]);
      assert.equal(module.hints(fn), true);
    }
  });

  test("keyword arguments go to the parameters of their names", async () => {
    const module = load(`
      import functools
      def calls(f): return [f(1, b=2), f(b=2), f(a=1, c=3), f(c=3, b=2, a=1), f(1, other=9), functools.partial(f, c=3)(1)]
      def made(cls): return [cls(w=1, h=2).text(), cls(h=5).text()]
      def twice(f): return f(1, a=2)
      async def awaited(f): return await f(b=1, a=2)
    `);
    const shown = (a: unknown, b: unknown = "b", c?: unknown): string => JSON.stringify([a ?? null, b, c ?? null]);
    assert.deepEqual(seen(module.calls(shown)), ["[1,2,null]", "[null,2,null]", '[1,"b",3]', "[1,2,3]", '[1,{"other":9},null]', '[1,"b",3]']);
    class Shape {
      #text: string;
      constructor(w = 10, h = 20) {
        this.#text = `${w}x${h}`;
      }
      text(): string {
        return this.#text;
      }
    }
    assert.deepEqual(seen(module.made(Shape)), ["1x2", "10x5"]);
    assert.match((await caught(() => module.twice(shown))).message, /multiple values for argument 'a'/);
    assert.equal(await module.awaited(async (a: number, b: number) => later(`${a} ${b}`)), "2 1");
    const name = `il_keywords_${count++}`;
    api.pymodule(name, {
      order: (item: string, size = "small", { hot = false } = {}) => `${item} ${size} ${hot}`,
      wait: async (ms: number, what: string) => later(what, ms),
    });
    const program = load(
      `from ${name} import order, wait\ndef facts(): return [order(item="tea"), order("tea", hot=True), order(size="large", item="tea", hot=True)]\nasync def main(): return await wait(what="done", ms=1)`,
    );
    assert.deepEqual(seen(program.facts()), ["tea small false", "tea small true", "tea large true"]);
    assert.equal(await program.main(), "done");
    // On another thread of Python's as well.
    const there = await api.spawnBlocking(python.eval("lambda f: [f(1, c=2), f(b=2)]") as Py, shown);
    assert.deepEqual(seen(there), ['[1,"b",2]', "[null,2,null]"]);
    forget(name);
  });

  test("annotate gives a function types, a docstring and a name", async () => {
    const module = load(`
      import inspect, typing
      def facts(f): return [str(inspect.signature(f)), f.__doc__, f.__name__, sorted(typing.get_type_hints(f))]
      def hint(f, name): return typing.get_type_hints(f)[name]
    `);
    const search = python.annotate(async (text: string, { limit = 10 }: { limit?: number } = {}) => later([text, limit]), {
      parameters: { text: builtins.str, limit: "int | None" },
      returns: "list[str]",
      doc: "Find it.",
      name: "search",
    });
    assert.deepEqual(seen(module.facts(search)), [
      "(text: str, *, limit: 'int | None' = 10) -> 'list[str]'".replace("'list[str]'", "'list[str]'"),
      "Find it.",
      "search",
      ["limit", "return", "text"],
    ]);
    assert.ok(python.is(module.hint(search, "text"), builtins.str));
    const name = `il_annotated_${count++}`;
    api.pymodule(name, { search });
    assert.equal((seen(module.facts(python.import(name).search)) as unknown[])[1], "Find it.");
    forget(name);
    assert.equal((await caught(() => python.annotate(search, { type: 1 } as Py))).code, "bad-argument");
    assert.equal((await caught(() => python.annotate(1 as Py, {}))).code, "bad-argument");
  });

  test("a JS function on a Python class binds self, a JS class does not", async () => {
    const module = load(`
      def make(**members): return type("Made", (), members)
      def use(cls, Point):
          made = cls()
          made.n = 3
          cls.later = members["later"]
          return [made.plus(1), cls.plus(made, 2), made.later(4), made.fixed(5), cls.fixed(6), made.of_class(7), made.size, len(made), str(made), made.Point(1).x]
      members = {}
    `);
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    python.setItem(module.members, "later", (self: Py, by: number) => self.n * by);
    const cls = module.make(
      kwargs({
        plus: (self: Py, by: number) => self.n + by,
        fixed: builtins.staticmethod((by: number) => by),
        of_class: builtins.classmethod((owner: Py, by: number) => `${owner.__name__} ${by}`),
        size: builtins.property((self: Py) => self.n * 100),
        __len__: (self: Py) => self.n,
        __str__: (self: Py) => `made ${self.n}`,
        Point,
      }),
    );
    assert.deepEqual(seen(module.use(cls, Point)), [4, 5, 12, 5, 6, "Made 7", 300, 3, "made 3", 1]);
    assert.equal(
      await (load("async def run(c): return await c().later(2)").run(
        module.make(kwargs({ later: async (self: Py, by: number) => later(by) })),
      ) as Promise<number>),
      2,
    );
  });

  test("python.subclass implements abstract classes, mappings, handlers and streams", async () => {
    const { Mapping, Sized } = python.import("collections.abc");
    const Squares = python.subclass(
      Mapping,
      {
        __getitem__(self: Py, key: number): number {
          if (key > self.last) throw builtins.KeyError(key) as Py;
          return key ** 2;
        },
        __init__: (self: Py, last: number) => void (self.last = last),
        __len__: (self: Py) => self.last,
        *__iter__(self: Py): Generator<number> {
          for (let key = 1; key <= self.last; key++) yield key;
        },
      },
      { name: "Squares", doc: "Squares of numbers." },
    );
    const squares = Squares(3);
    const look = load(
      "def look(s): return [dict(s), 2 in s, 9 in s, s.get(7, 'none'), list(s.items()), len(s), type(s).__name__, type(s).__doc__, type(s).__module__]",
    );
    assert.equal(
      python.repr(look.look(squares)),
      "[{1: 1, 2: 4, 3: 9}, True, False, 'none', [(1, 1), (2, 4), (3, 9)], 3, 'Squares', 'Squares of numbers.', '__main__']",
    );
    assert.ok(squares instanceof (Mapping as Py));
    assert.ok(python.isInstance(squares, Sized));
    assert.match((await caught(() => python.subclass(Mapping, { __len__: () => 1 })())).message, /abstract/);

    const module = load(`
      import abc
      class Store(abc.ABC):
          limit = 3
          @abc.abstractmethod
          async def get(self, key): ...
          @property
          @abc.abstractmethod
          def size(self): ...
          @size.setter
          def size(self, value): ...
          async def twice(self, key): return [await self.get(key), await self.get(key), self.size, self.limit]
          def describe(self): return "a store"
    `);
    const Store = python.subclass(module.Store, {
      limit: 7,
      async get(self: Py, key: string) {
        return later(`${key} of ${self.size}`);
      },
      get size(): number {
        return (this as Py)._size ?? 0;
      },
      set size(value: number) {
        (this as Py)._size = value;
      },
      describe: (self: Py) => `${module.Store.describe(self)}, here`,
    });
    const store = Store();
    store.size = 5;
    assert.deepEqual(seen(await store.twice("k")), ["k of 5", "k of 5", 5, 7]);
    assert.equal(store.describe(), "a store, here");

    const lines: string[] = [];
    const logging = python.import("logging");
    const handler = python.subclass(logging.Handler, { emit: (self: Py, record: Py) => void lines.push(self.format(record)) })();
    const logger = logging.Logger("of this test");
    logger.addHandler(handler);
    logger.warning("hello %s", "you");
    assert.deepEqual(lines, ["hello you"]);

    const io = python.import("io");
    const Raw = python.subclass(io.RawIOBase, {
      readable: () => true,
      readinto(self: Py, buffer: Py) {
        const bytes = new TextEncoder().encode(self.rest).subarray(0, python.len(buffer));
        python.setItem(buffer, python.slice(0, bytes.length), bytes);
        self.rest = self.rest.slice(bytes.length);
        return bytes.length;
      },
    });
    const raw = Raw();
    raw.rest = "first\nsecond\n";
    assert.equal(io.TextIOWrapper(io.BufferedReader(raw)).read(), "first\nsecond\n");

    const Both = python.subclass([Sized, module.Store], { __len__: () => 2, get: async () => 1, size: 4 });
    assert.deepEqual([python.len(Both()), Both().size], [2, 4]);
    const Awaited = python.subclass(builtins.object, {
      __await__: () => later("awaited"),
      async *__aiter__() {
        yield 1;
        yield 2;
      },
    });
    const both = load("async def main(a): return [await a, [x async for x in a]]");
    assert.deepEqual(seen(await both.main(Awaited())), ["awaited", [1, 2]]);

    for (const base of [5, [], builtins.len, python.eval("object()"), class {}])
      assert.equal((await caught(() => python.subclass(base as Py, {}))).code, "bad-argument");
  });

  test(
    "classes that a module exports answer isinstance, issubclass, except and their statics",
    async () => {
      class Shape {
        static kinds = 2;
        static of(x: number): Shape {
          return new this(x);
        }
        readonly x: number;
        constructor(x: number) {
          this.x = x;
        }
      }
      class Square extends Shape {}
      class Wrong extends Error {
        override name = "Wrong";
        readonly status: number;
        constructor(message: string, status = 400) {
          super(message);
          this.status = status;
        }
      }
      class VeryWrong extends Wrong {}
      class Far extends RangeError {}
      const name = `il_classes_${count++}`;
      const fail = (which: number): never => {
        throw which === 0 ? new Wrong("no", 404) : which === 1 ? new VeryWrong("never") : new Far("far");
      };
      api.pymodule(name, { VeryWrong, Square, Shape, Wrong, Far, fail, failLater: async (which: number) => later(0).then(() => fail(which)) });
      const module = load(`
      import inspect, interloop
      import ${name} as m
      def facts():
          square = m.Square(1)
          m.Shape.kinds = 3
          return [isinstance(square, m.Square), isinstance(square, m.Shape), isinstance(m.Shape(1), m.Square), isinstance(1, m.Shape), isinstance(m.Shape.of(5), m.Shape), m.Shape.of(5).x,
                  issubclass(m.Square, m.Shape), issubclass(m.Shape, m.Square), issubclass(int, m.Shape), m.Shape.kinds, m.Square.__name__, repr(m.Square), inspect.isclass(m.Square),
                  str(inspect.signature(m.Shape)), hasattr(m.Shape, "nothing"), "of" in dir(m.Shape), issubclass(m.VeryWrong, m.Wrong), issubclass(m.Wrong, Exception), issubclass(m.Wrong, interloop.JsError)]
      def caught(which):
          try: m.fail(which)
          except m.VeryWrong as error: return ["VeryWrong", error.message]
          except m.Wrong as error: return ["Wrong", error.value.status, isinstance(error, m.VeryWrong)]
          except m.Far: return ["Far"]
      async def caught_later(which):
          try: await m.failLater(which)
          except (m.Wrong, m.Far) as error: return type(error).__name__
      def raises(): raise m.Wrong("from Python", status=410)
      def inherit():
          class Mine(m.Shape): pass
      def inherit_error():
          class Mine(m.Wrong): pass
      def call(f): f()
    `);
      assert.deepEqual(seen(module.facts()), [
        true,
        true,
        false,
        false,
        true,
        5,
        true,
        false,
        false,
        3,
        "Square",
        "<JavaScript class Square>",
        true,
        "(x)",
        false,
        true,
        true,
        true,
        true,
      ]);
      assert.equal(Shape.kinds, 3);
      assert.deepEqual(
        [0, 1, 2].map((which) => seen(module.caught(which))),
        [["Wrong", 404, false], ["VeryWrong", "never"], ["Far"]],
      );
      for (const [which, expected] of [
        [0, "Wrong"],
        [1, "VeryWrong"],
        [2, "Far"],
      ] as const)
        assert.equal(await module.caught_later(which), expected);
      const raised = await caught(() => module.raises());
      assert.ok(raised instanceof Wrong);
      assert.deepEqual([raised.message, raised.status], ["from Python", 410]);
      for (const inherit of [module.inherit, module.inherit_error])
        assert.match((await caught(() => inherit())).message, /cannot inherit from the JavaScript class/);
      // On another thread of Python's too.
      assert.deepEqual(seen(await api.spawnBlocking(module.caught as Py, 0)), ["Wrong", 404, false]);
      const original = new VeryWrong("itself");
      assert.equal(
        await caught(() =>
          module.call(() => {
            throw original;
          }),
        ),
        original,
      );
      forget(name);
    },
    { leaves: "classes of errors stay" },
  );
};
