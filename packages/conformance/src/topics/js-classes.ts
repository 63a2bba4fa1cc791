/** JS classes and instances, as Python sees them. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

class Shape {
  static made = 0;
  static unit(): Shape {
    return new this("unit");
  }
  readonly name: string;
  #secret = 41;
  constructor(name: string) {
    Shape.made++;
    if (name === "") throw new TypeError("A shape has a name");
    this.name = name;
  }
  get secret(): number {
    return this.#secret;
  }
  set secret(value: number) {
    if (value < 0) throw new RangeError("A secret is positive");
    this.#secret = value;
  }
  get broken(): number {
    throw new Error("broken getter");
  }
  add(n: number): number {
    return this.#secret + n;
  }
  toString(): string {
    return `shape ${this.name}`;
  }
  *[Symbol.iterator](): Generator<string> {
    yield* this.name;
  }
}
class Square extends Shape {
  override add(n: number): number {
    return super.add(n) + 1000;
  }
}

export const jsClasses: Topic = ({ api, test, load }) => {
  const { python } = api;
  const run = (code: string, ...args: unknown[]): unknown => python.toJs(python.eval(code)(...args));

  test("attributes, methods, private fields, accessors, statics and inheritance", () => {
    const square = new Square("sq");
    assert.deepEqual(run("lambda s: [s.name, s.secret, s.add(1), list(s), str(s), bool(s), s == s, 'add' in dir(s), 'secret' in dir(s)]", square), [
      "sq",
      41,
      1042,
      ["s", "q"],
      "shape sq",
      true,
      true,
      true,
      true,
    ]);
    const add = python.eval("lambda s: s.add")(square);
    assert.equal(add, square.add);
    assert.equal(run("lambda add: add(1)", python.eval("lambda s: (lambda m: (lambda n: m(n)))(s.add)")(square)), 1042);
    python.eval("lambda s: setattr(s, 'secret', 50)")(square);
    assert.equal(square.secret, 50);
    assert.equal(run("lambda c: c.unit().name", Shape), "unit");
    assert.equal(run("lambda c: c.__name__", Square), "Square");
    assert.match(run("repr", Square) as string, /class Square/);
    assert.match(run("repr", square) as string, /Square/);
  });

  test("what accessors throw is a JsError, and the same error on the way back", async () => {
    const module = load("def get(s): return s.broken\ndef set(s): s.secret = -1\ndef has(s): return hasattr(s, 'broken')");
    const shape = new Shape("s");
    assert.equal((await caught(() => module.get(shape))).message, "broken getter");
    assert.ok((await caught(() => module.set(shape))) instanceof RangeError);
    assert.equal((await caught(() => module.has(shape))).message, "broken getter");
  });

  test("calling a class constructs, and so does interloop.new", async () => {
    const module = load(`
      import interloop
      def make(cls, *args, **kwargs): return cls(*args, **kwargs)
      def new(cls, *args): return interloop.new(cls, *args)
      def member(namespace): return namespace.Shape("m")
    `);
    const before = Shape.made;
    const made = module.make(Square, "q");
    assert.ok(made instanceof Square);
    assert.equal(Shape.made, before + 1);
    assert.ok(module.new(Square, "q") instanceof Square);
    assert.ok(module.member({ Shape }) instanceof Shape);
    assert.ok(module.make(Map) instanceof Map);
    assert.deepEqual([...module.make(Set, [1, 2])], [1, 2]);
    assert.ok(module.make(URL, "https://example.org/") instanceof URL);
    class Options {
      readonly given: unknown;
      constructor(given: unknown) {
        this.given = given;
      }
    }
    assert.deepEqual(module.make(Options, api.kwargs({ a: 1 })).given, { a: 1 });
    // What a constructor throws is thrown once, and a function's TypeError is its own.
    const thrown = Shape.made;
    assert.equal((await caught(() => module.make(Shape, ""))).message, "A shape has a name");
    assert.equal(Shape.made, thrown + 1);
    let calls = 0;
    const fails = (): never => {
      calls++;
      throw new TypeError("mine");
    };
    assert.equal((await caught(() => module.make(fails))).message, "mine");
    assert.equal(calls, 1);
  });

  test("isinstance and issubclass with JS classes", async () => {
    const module = load(`
      import interloop
      def instance(value, cls): return isinstance(value, cls)
      def subclass(a, b): return issubclass(a, b)
      def either(value, cls): return isinstance(value, (int, cls))
      def error_is(f, cls):
          try:
              f()
          except interloop.JsError as error:
              return isinstance(error, cls)
    `);
    const square = new Square("sq");
    assert.deepEqual(
      [
        module.instance(square, Square),
        module.instance(square, Shape),
        module.instance(new Shape("s"), Square),
        module.instance(python.ref([]), Array),
        module.instance(python.ref({}), Array),
        module.instance(1, Number),
        module.instance("text", String),
        module.instance(python.eval("object()"), Object),
        module.instance(null, Shape),
        module.instance(() => 1, Function),
        module.either(3, Shape),
        module.either(square, Shape),
      ],
      [true, true, false, true, false, false, false, false, false, true, true, true],
    );
    assert.deepEqual(
      [module.subclass(Square, Shape), module.subclass(Shape, Square), module.subclass(Shape, Shape), module.subclass(python.builtins.int, Shape)],
      [true, false, true, false],
    );
    const fails = (): never => {
      throw new RangeError("r");
    };
    assert.deepEqual([module.error_is(fails, RangeError), module.error_is(fails, Error), module.error_is(fails, TypeError)], [true, true, false]);
    assert.equal((await caught(() => module.instance(python.ref({}), () => 1))).name, "TypeError");
    assert.equal((await caught(() => module.subclass(1, Shape))).name, "TypeError");
    assert.equal((await caught(() => module.subclass(() => 1, Shape))).name, "TypeError");
    class Even {
      static [Symbol.hasInstance](value: unknown): boolean {
        return typeof value === "object" && value !== null && "even" in value;
      }
    }
    assert.deepEqual([module.instance(python.ref({ even: true }), Even), module.instance({ even: true }, Even)], [true, false]);
  });

  test("what an object has not is Python's own exception", () => {
    const module = load(`
      def name(f, *args):
          try:
              f(*args)
          except Exception as error:
              return type(error).__name__
      facts = [
          lambda o: len(o),
          lambda o: iter(o),
          lambda o: o.missing,
          lambda o: o["missing"],
          lambda o: o.__enter__(),
          lambda o: setattr(o, "frozen", 2),
          lambda o: delattr(o, "frozen"),
          lambda o: setattr(o, "more", 2),
          lambda o: o < o,
          lambda o: o(),
      ]
      def all(o): return [name(fact, o) for fact in facts]
      def array(a): return [name(lambda: a[9]), name(lambda: a.__setitem__(9, 1)), name(lambda: a["x"])]
    `);
    class Plain {
      readonly frozen = 1;
    }
    assert.deepEqual(python.toJs(module.all(Object.freeze(new Plain()))), [
      "TypeError",
      "TypeError",
      "AttributeError",
      "KeyError",
      "TypeError",
      "AttributeError",
      "AttributeError",
      "AttributeError",
      "TypeError",
      "TypeError",
    ]);
    assert.deepEqual(python.toJs(module.array([1])), ["IndexError", "IndexError", "TypeError"]);
  });

  test("frozen objects, null prototypes, symbols and proxies", () => {
    const symbol = Symbol("key");
    const bare = Object.assign(Object.create(null) as Record<PropertyKey, unknown>, { a: 1, [symbol]: 2 });
    assert.deepEqual(run("lambda o, s: [o.a, o[s], len(o), list(o), 'a' in o, s in o, str(o) != '', repr(o) != '']", python.ref(bare), symbol), [
      1,
      2,
      1,
      ["a"],
      true,
      true,
      true,
      true,
    ]);
    assert.deepEqual(run("lambda o: [o.x, len(o)]", python.ref(Object.freeze({ x: 1 }))), [1, 1]);
    const log: PropertyKey[] = [];
    const proxy = new Proxy({ x: 1 } as Record<string, unknown>, {
      get(target, key): unknown {
        log.push(key);
        return key === "y" ? "made up" : target[key as string];
      },
    });
    assert.deepEqual(run("lambda o: [o.x, o.y]", python.ref(proxy)), [1, "made up"]);
    assert.ok(log.includes("x") && log.includes("y"));
  });

  test("JS generators in for loops, async iterables in async for", async () => {
    const module = load(`
      def collect(it): return [x for x in it]
      async def collect_async(it): return [x async for x in it]
      async def first(it):
          stream = it.__aiter__()
          async for x in stream:
              await stream.aclose()
              return x
      async def nothing(it):
          async for x in it: pass
    `);
    const log: string[] = [];
    async function* numbers(): AsyncGenerator<number> {
      try {
        yield await later(1);
        log.push("after 1");
        yield 2;
      } finally {
        log.push("closed");
      }
    }
    function* letters(): Generator<string> {
      yield* "ab";
    }
    assert.deepEqual(python.toJs(module.collect(letters())), ["a", "b"]);
    assert.deepEqual(python.toJs(await module.collect_async(numbers())), [1, 2]);
    assert.deepEqual(log.splice(0), ["after 1", "closed"]);
    // As in JS: strictly on demand, and closed when left.
    assert.equal(await module.first(numbers()), 1);
    assert.deepEqual(log, ["closed"]);
    assert.deepEqual(python.toJs(await module.collect_async(python.ref([1, 2]))), [1, 2]);
    assert.deepEqual(python.toJs(await module.collect_async(ReadableStream.from(["r"]))), ["r"]);
    class Custom {
      async *[Symbol.asyncIterator](): AsyncGenerator<string> {
        yield "custom";
      }
    }
    assert.deepEqual(python.toJs(await module.collect_async(new Custom())), ["custom"]);
    assert.equal((await caught(() => module.nothing({}))).name, "TypeError");
    async function* fails(): AsyncGenerator<number> {
      yield 1;
      throw new RangeError("from JS");
    }
    assert.ok((await caught(() => module.nothing(fails()))) instanceof RangeError);
  });

  test("with and async with dispose of JS objects", async () => {
    const module = load(`
      def use(o, fail=False):
          with o as value:
              if fail:
                  raise ValueError("body")
              return value is o or value == o
      async def use_async(o, fail=False):
          async with o as value:
              if fail:
                  raise ValueError("body")
              return value == o
    `);
    const log: string[] = [];
    const sync = { [Symbol.dispose]: () => void log.push("dispose") };
    const both = {
      [Symbol.dispose]: () => void log.push("wrong"),
      async [Symbol.asyncDispose](): Promise<void> {
        await later(null);
        log.push("asyncDispose");
      },
    };
    assert.equal(module.use(sync), true);
    assert.equal((await caught(() => module.use(sync, true))).name, "ValueError");
    assert.equal(await module.use_async(both), true);
    assert.equal((await caught(() => module.use_async(both, true))).name, "ValueError");
    assert.equal(await module.use_async(sync), true);
    assert.deepEqual(log, ["dispose", "dispose", "asyncDispose", "asyncDispose", "dispose"]);
    assert.equal((await caught(() => module.use({}))).name, "TypeError");
    assert.equal((await caught(() => module.use_async({}))).name, "TypeError");
    const failing = {
      [Symbol.dispose](): void {
        throw new RangeError("at the end");
      },
    };
    assert.ok((await caught(() => module.use(failing))) instanceof RangeError);
  });

  test("copying and pickling are refused in words", async () => {
    const module = load(`
      import copy, pickle
      ways = [copy.copy, copy.deepcopy, pickle.dumps, lambda o: copy.deepcopy([o])]
      def refused(o):
          said = []
          for way in ways:
              try:
                  way(o)
              except TypeError as error:
                  said.append("convert it there" in str(error))
          return said
    `);
    for (const value of [python.ref({}), python.ref([]), python.ref(new Uint8Array(1)), Promise.resolve()])
      assert.deepEqual(python.toJs(module.refused(value)), [true, true, true, true]);
  });

  test("a Python class wraps a JS object", () => {
    const module = load(`
      class Wrapper:
          def __init__(self, inner): self._inner = inner
          def __getattr__(self, name): return getattr(self._inner, name)
          def __len__(self): return len(self._inner.name)
      def add(wrapper): return wrapper.add(1)
      def inherit(cls):
          try:
              class Mine(cls): pass
          except Exception as error:
              return f"{type(error).__name__}: {error}"
    `);
    const wrapper: Py = module.Wrapper(new Square("four"));
    assert.equal(module.add(wrapper), 1042);
    assert.equal(python.len(wrapper), 4);
    assert.match(module.inherit(Shape), /^TypeError: A Python class cannot inherit from <JS class Shape>: derive/);
  });
};
