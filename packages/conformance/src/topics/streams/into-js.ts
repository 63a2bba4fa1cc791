/** Streams from Python to JS: order, bounds, contexts, and what takes them. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { caught, later, turn, type Py } from "../../py.ts";
import type { Topic } from "../../suite.ts";
import { amounts, collect, marks, range, sources } from "./fixtures.ts";

export const intoJs: Topic = ({ api, test, load, capabilities }) => {
  const { asyncIterableIntoPy, getCurrentLoop, intoAsyncIterable, python, TaskLocals } = api;
  const { many, long } = amounts(capabilities);

  test("every item of an async generator arrives, in order, once, whatever the mark", async () => {
    for (const highWaterMark of marks) {
      const module = load(sources);
      assert.deepEqual(await collect(intoAsyncIterable(module.numbers(100), { highWaterMark })), range(100));
      assert.equal(module.text(), "begin,end,finally,closed");
    }
  });

  test(
    "nothing is lost when the queue is full and both sides pause at odd moments",
    async () => {
      for (const highWaterMark of [1, 3, 16]) {
        let expected = 0;
        for await (const item of intoAsyncIterable<number>(load(sources).jittery(many), { highWaterMark })) {
          if (item !== expected) assert.fail(`expected ${expected}, got ${item}`);
          expected++;
          if (item % 61 === 0) await turn();
          if (item % 1009 === 0) await later(null, 1);
        }
        assert.equal(expected, many);
      }
    },
    long,
  );

  test("sync generators, iterables and sequences are iterated as well", async () => {
    const module = load(sources);
    assert.deepEqual(await collect(intoAsyncIterable(module.plain(40))), range(40));
    assert.equal(module.text(), "closed");
    assert.deepEqual(await collect(intoAsyncIterable(python.eval("[1, 'two', None]"))), [1, "two", null]);
    assert.deepEqual(await collect(intoAsyncIterable(python.eval("{'a': 1, 'b': 2}"))), ["a", "b"]);
  });

  test("convert converts each item, and lets go of its handle", async () => {
    const code = "[b'ab', {'a': [1, (2,)]}, 'text', 7, b'c']";
    for (const highWaterMark of marks) {
      assert.deepEqual(await collect(intoAsyncIterable(python.eval(code), { highWaterMark, convert: true })), [
        new Uint8Array([97, 98]),
        { a: [1, [2]] },
        "text",
        7,
        new Uint8Array([99]),
      ]);
    }
    const maps = await collect(intoAsyncIterable(python.eval("[{'a': 1}]"), { convert: { dict: "map" } }));
    assert.deepEqual(maps, [new Map([["a", 1]])]);
    const body = ReadableStream.from(intoAsyncIterable<Uint8Array>(python.eval("[b'ab', b'c']"), { convert: true }));
    assert.equal(await new Response(body).text(), "abc");
  });

  test("an item that cannot be converted rejects, and closes the source", async () => {
    const module = load(sources);
    const stream = intoAsyncIterable(module.numbers(3), { convert: { default: () => assert.fail("not asked for numbers") } });
    assert.deepEqual(await collect(stream), range(3));
    const keys = load(`
      log = []
      def items():
          try:
              yield 1
              yield {1: 2}
              yield 3
          finally:
              log.append("closed")
    `);
    const failing = intoAsyncIterable(keys.items(), { convert: { dict: "object" } });
    assert.equal((await failing.next()).value, 1);
    assert.equal((await caught(() => failing.next())).code, "not-convertible");
    assert.deepEqual(python.toJs(keys.log), ["closed"]);
    assert.deepEqual(await failing.next(), { done: true, value: undefined });
    for (const convert of [5, null, { dict: "maps" }, { dicts: "map" }]) {
      assert.equal((await caught(() => intoAsyncIterable(keys.items(), { convert } as never))).code, "bad-argument");
    }
  });

  test("any async iterable will do, with or without aclose", async () => {
    const module = load(`
      class Countdown:
          def __init__(self, n): self.n = n
          def __aiter__(self): return self
          async def __anext__(self):
              if not self.n: raise StopAsyncIteration
              self.n -= 1
              return self.n
    `);
    assert.deepEqual(await collect(intoAsyncIterable(module.Countdown(4))), [3, 2, 1, 0]);
    for await (const item of intoAsyncIterable<number>(module.Countdown(40))) if (item === 37) break;
  });

  test("what is no value crosses as a handle", async () => {
    const [thing, none] = await collect(intoAsyncIterable<Py>(python.eval("iter([{'a': 1}, None])")));
    assert.equal(python.getItem(thing, "a"), 1);
    assert.equal(none, null);
  });

  test("nothing runs before the first next, and an unused one leaves nothing", async () => {
    const module = load(sources);
    const iterator = intoAsyncIterable(module.numbers(3));
    await turn();
    assert.equal(module.text(), "");
    assert.deepEqual(await iterator.return!(), { done: true, value: undefined });
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    assert.equal(module.text(), "");
  });

  test("a mark of 1 is strictly on demand", async () => {
    const module = load(sources);
    let seen = 0;
    for await (const item of intoAsyncIterable<number>(module.numbers(100), { highWaterMark: 1 })) {
      await later(null, 1);
      assert.equal(module.count(), item + 1);
      if (++seen === 3) break;
    }
    assert.equal(module.count(), 3);
  });

  test("the source runs ahead by less than the mark, and no further however long JS waits", async () => {
    for (const highWaterMark of [2, 5, 16]) {
      const module = load(sources);
      const iterator = intoAsyncIterable<number>(module.numbers(1000), { highWaterMark });
      for (let asked = 1; asked <= 40; asked++) {
        await iterator.next();
        await later(null, 0);
        assert.ok(module.count() >= asked && module.count() <= asked + highWaterMark - 1, `${module.count()} after ${asked} with ${highWaterMark}`);
      }
      await iterator.return!();
      assert.ok(module.count() <= 40 + highWaterMark - 1);
    }
  });

  test("items of a source that suspends do not wait for the batch to be full", async () => {
    const module = load(sources);
    const iterator = intoAsyncIterable<number>(module.forever());
    assert.deepEqual(await iterator.next(), { done: false, value: 0 });
    await iterator.return!();
    assert.equal(module.text(), "cancelled,closed");
  });

  test("several next at once are answered in order", async () => {
    for (const highWaterMark of [1, 4]) {
      const iterator = intoAsyncIterable<number>(load(sources).jittery(5), { highWaterMark });
      const results = await Promise.all(range(8).map(() => iterator.next()));
      assert.deepEqual(
        results.map(({ value }) => value as unknown),
        [0, 1, 2, 3, 4, undefined, undefined, undefined],
      );
      assert.equal(results[5]!.done, true);
    }
  });

  test("the whole source runs in one Task, which is asyncio's own", async () => {
    const module = load(`
      import asyncio
      async def tasks():
          for i in range(40):
              if i % 3 == 0:
                  await asyncio.sleep(0)
              yield id(asyncio.current_task())
    `);
    for (const highWaterMark of [1, 4]) assert.equal(new Set(await collect(intoAsyncIterable(module.tasks(), { highWaterMark }))).size, 1);
  });

  test("contextvars of the caller and of the locals are seen by the source", async () => {
    const module = load(`
      import asyncio, contextvars
      variable = contextvars.ContextVar("variable", default="nobody")
      async def read():
          for _ in range(20):
              yield variable.get()
      def context(name):
          context = contextvars.copy_context()
          context.run(variable.set, name)
          return context
    `);
    const loop = getCurrentLoop();
    const locals = new TaskLocals(loop).withContext(module.context("locals"));
    assert.deepEqual(new Set(await collect(intoAsyncIterable(module.read(), { locals }))), new Set(["locals"]));
    const inScope = api.scope(new TaskLocals(loop).withContext(module.context("scope")), () => intoAsyncIterable(module.read()));
    assert.deepEqual(new Set(await collect(inScope)), new Set(["scope"]));
    assert.deepEqual(new Set(await collect(intoAsyncIterable(module.read()))), new Set(["nobody"]));
  });

  test("ReadableStream.from takes it, and cancelling the stream closes the generator", async () => {
    const module = load(sources);
    const all: unknown[] = [];
    const reader = ReadableStream.from(intoAsyncIterable<number>(module.numbers(50))).getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) all.push(step.value);
    assert.deepEqual(all, range(50));
    const other = load(sources);
    const stream = ReadableStream.from(intoAsyncIterable<number>(other.numbers(50)));
    const second = stream.getReader();
    assert.equal((await second.read()).value, 0);
    await second.cancel();
    assert.equal(other.text(), "begin,finally,closed");
  });

  test("Readable.from takes it", async () => {
    const all = await Readable.from(intoAsyncIterable<number>(load(sources).numbers(20))).toArray();
    assert.deepEqual(all, range(20));
  });

  test("wrong arguments are refused with words that say what to do", async () => {
    for (const wrong of [undefined, 5, {}, "text", async function* () {}] as Py[]) {
      assert.equal((await caught(() => intoAsyncIterable(wrong))).code, "bad-argument");
    }
    assert.equal((await caught(() => intoAsyncIterable(python.eval("object()")))).code, "bad-argument");
    for (const highWaterMark of [0, -1, 1.5, Number.NaN, Infinity, "4"] as Py[]) {
      assert.equal((await caught(() => intoAsyncIterable(python.eval("[]"), { highWaterMark }))).code, "bad-argument");
      assert.equal((await caught(() => asyncIterableIntoPy([], { highWaterMark }))).code, "bad-argument");
    }
    for (const wrong of [undefined, 5, {}, Promise.resolve()] as Py[]) assert.equal((await caught(() => asyncIterableIntoPy(wrong))).code, "bad-argument");
  });
};
