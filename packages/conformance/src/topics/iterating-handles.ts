/** JS iterates over handles: what Python generators return, are sent and thrown, how they end, and what `for await` takes. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { caught, later } from "../py.ts";
import type { Topic } from "../suite.ts";

const sources = `
  import asyncio
  log = []
  def dialogue():
      try:
          heard = yield "hello"
          try:
              heard = yield heard
          except KeyError as error:
              heard = yield "caught " + error.args[0]
          return ["heard", heard]
      finally:
          log.append("closed")
  def numbers():
      try:
          yield 1
          yield 2
      finally:
          log.append("closed")
  async def numbers_async():
      try:
          for number in range(3):
              yield number
      finally:
          await asyncio.sleep(0)
          log.append("closed")
  async def echo():
      heard = None
      while True:
          try:
              heard = yield heard
          except ValueError as error:
              heard = "caught " + str(error)
  class Items:
      def __init__(self):
          self.generator = numbers()
      def __iter__(self):
          return map(str, self.generator)
  def wrapped():
      class Once:
          def __iter__(self):
              return map(str, numbers())
      return Once()
  def logged():
      taken = log[:]
      log.clear()
      return ",".join(taken)
`;

export const iteratingHandles: Topic = ({ api, load, test }) => {
  const { python } = api;

  test("the iterator of a generator speaks the protocol of JS generators", () => {
    const module = load(sources);
    const talk = module.dialogue()[Symbol.iterator]();
    assert.deepEqual(talk.next("nobody hears this"), { done: false, value: "hello" });
    assert.deepEqual(talk.next("again"), { done: false, value: "again" });
    assert.deepEqual(talk.throw(python.call(python.builtins.KeyError, "key")), { done: false, value: "caught key" });
    const end = talk.next(null);
    assert.equal(end.done, true);
    assert.deepEqual(python.toJs(end.value), ["heard", null]);
    assert.deepEqual(talk.next(), { done: true, value: undefined });
    assert.equal(module.logged(), "closed");
    assert.equal(talk[Symbol.iterator](), talk);
  });

  test("yield* gives what a Python generator returns", () => {
    const module = load(sources);
    function* outer(): Generator<unknown, unknown, unknown> {
      const result = yield* module.dialogue();
      return python.toJs(result as never);
    }
    const talk = outer();
    talk.next();
    talk.next("one");
    assert.deepEqual(talk.next("two"), { done: true, value: ["heard", "two"] });
  });

  test("a generator that returns nothing ends with undefined, and so does any other iterator", () => {
    const module = load(sources);
    for (const source of [module.numbers(), python.eval("[1, 2]"), python.eval("iter((1, 2))")]) {
      const steps = source[Symbol.iterator]();
      assert.deepEqual(
        [steps.next("ignored"), steps.next("ignored"), steps.next()],
        [
          { done: false, value: 1 },
          { done: false, value: 2 },
          { done: true, value: undefined },
        ],
      );
    }
  });

  test("leaving closes a generator at once, however a loop is left", async () => {
    const module = load(sources);
    for (const _ of module.numbers()) break;
    assert.equal(module.logged(), "closed");
    const [first] = module.numbers();
    assert.deepEqual([first, module.logged()], [1, "closed"]);
    const error = new Error("mine");
    assert.equal(
      await caught(() => {
        for (const _ of module.numbers()) throw error;
      }),
      error,
    );
    assert.equal(module.logged(), "closed");
    const steps = module.numbers()[Symbol.iterator]();
    steps.next();
    assert.deepEqual(steps.return("value"), { done: true, value: "value" });
    assert.equal(module.logged(), "closed");
    assert.deepEqual(steps.return("again"), { done: true, value: "again" });
    // What only the iterator held goes with it.
    for (const _ of module.wrapped()) break;
    assert.equal(module.logged(), "closed");
    for await (const _ of module.numbers()) break;
    assert.equal(module.logged(), "closed");
  });

  test("a file that is left is not closed", () => {
    const file = python.import("io").StringIO("a\nb\nc\n");
    for (const line of file) {
      assert.equal(line, "a\n");
      break;
    }
    assert.deepEqual([...file], ["b\n", "c\n"]);
  });

  test("an error that nobody catches comes back as itself, and ends the iteration", async () => {
    const module = load(sources);
    const steps = module.numbers()[Symbol.iterator]();
    steps.next();
    const error = new Error("mine");
    assert.equal(await caught(() => steps.throw(error)), error);
    assert.equal(module.logged(), "closed");
    assert.deepEqual(steps.next(), { done: true, value: undefined });
    assert.equal(await caught(() => steps.throw(error)), error);
    assert.equal(await caught(() => python.eval("[1]")[Symbol.iterator]().throw(error)), error);
  });

  test("a Python generator's own attributes come first", () => {
    const module = load(sources);
    const generator = module.dialogue();
    assert.equal(generator.next, undefined);
    assert.equal(generator.send(null), "hello");
    assert.equal(generator.send("heard"), "heard");
    assert.equal(generator.throw(python.call(python.builtins.KeyError, "key")), "caught key");
    generator.close();
    assert.equal(module.logged(), "closed");
  });

  test("for await takes whatever for takes", async () => {
    const sourceOf: Record<string, unknown[]> = {
      "[1, 2]": [1, 2],
      "(1, 2)": [1, 2],
      "{'a': 1, 'b': 2}": ["a", "b"],
      "range(3)": [0, 1, 2],
      "(n * n for n in range(3))": [0, 1, 4],
      "frozenset([7])": [7],
      "b'ab'": [97, 98],
      "map(str, [1, 2])": ["1", "2"],
    };
    for (const [code, items] of Object.entries(sourceOf)) {
      const seen: unknown[] = [];
      for await (const item of python.eval(code)) seen.push(item);
      assert.deepEqual(seen, items, code);
      assert.deepEqual(await Readable.from(python.eval(code)).toArray(), items, code);
    }
  });

  test("for await over JS promises in a list awaits them, and one that rejects ends the loop", async () => {
    const list = python.call(python.builtins.list);
    list.append(later(1));
    list.append(2);
    const seen: unknown[] = [];
    for await (const item of list) seen.push(item);
    assert.deepEqual(seen, [1, 2]);
    const error = new Error("mine");
    const failing = python.call(python.builtins.list);
    const rejected = Promise.reject(error);
    rejected.catch(() => undefined);
    failing.append(rejected);
    assert.equal(
      await caught(async () => {
        for await (const _ of failing) assert.fail("there is no item");
      }),
      error,
    );
  });

  test("for await over what is not iterable is a TypeError that says so", async () => {
    const error = await caught(async () => {
      for await (const _ of python.eval("object()")) assert.fail("there is no item");
    });
    assert.equal(error.name, "TypeError");
    assert.match(error.message, /__aiter__ or __iter__/);
  });

  test("for await over an async generator runs on demand, and leaving closes it", async () => {
    const module = load(sources);
    const seen: unknown[] = [];
    for await (const number of module.numbers_async()) seen.push(number);
    assert.deepEqual([seen, module.logged()], [[0, 1, 2], "closed"]);
    for await (const _ of module.numbers_async()) break;
    assert.equal(module.logged(), "closed");
    const talk = module.echo()[Symbol.asyncIterator]();
    assert.deepEqual(await talk.next(), { done: false, value: null });
    assert.deepEqual(await talk.next("heard"), { done: false, value: "heard" });
    assert.deepEqual(await talk.throw(python.call(python.builtins.ValueError, "this")), { done: false, value: "caught this" });
    assert.deepEqual(await talk.return("value"), { done: true, value: "value" });
    assert.deepEqual(await talk.next(), { done: true, value: undefined });
  });

  test("calls of next() that nobody has waited for are served in their order", async () => {
    const module = load(sources);
    const steps = module.numbers_async()[Symbol.asyncIterator]();
    const results = await Promise.all([steps.next(), steps.next(), steps.next(), steps.next(), steps.next()]);
    assert.deepEqual(
      results.map(({ value }) => value),
      [0, 1, 2, undefined, undefined],
    );
  });

  test("handles that a loop gives belong to the python.scope around it", async () => {
    const module = load("async def things():\n    yield [1]\n    yield [2]\ndef plain():\n    yield [1]");
    const kept: unknown[] = [];
    await python.scope(async () => {
      for await (const item of module.things()) kept.push(item);
      for await (const item of module.plain()) kept.push(item);
      assert.equal(kept.map((item) => python.repr(item)).join(), "[1],[2],[1]");
    });
    for (const item of kept) assert.equal((await caught(() => python.repr(item))).code, "handle-disposed");
  });
};
