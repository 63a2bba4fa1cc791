/** Streams in both directions: order, bounds, who cleans up and when, errors, contexts. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { Readable } from "node:stream";
import { caught, later, turn, type Py } from "../py.ts";
import { assertQuiet, childRunner } from "../child.ts";
import type { Topic } from "../suite.ts";

const sources = `
  import asyncio, contextvars
  log = []
  made = 0
  async def numbers(n, pause=None):
      global made
      log.append("begin")
      try:
          for i in range(n):
              if pause is not None:
                  await asyncio.sleep(pause)
              made = i + 1
              yield i
          log.append("end")
      finally:
          log.append("finally")
          await asyncio.sleep(0.002)
          log.append("closed")
  async def jittery(n):
      for i in range(n):
          if i % 7 == 0:
              await asyncio.sleep(0)
          if i % 997 == 0:
              await asyncio.sleep(0.001)
          yield i
  def plain(n):
      global made
      try:
          for i in range(n):
              made = i + 1
              yield i
      finally:
          log.append("closed")
  async def failing(n):
      for i in range(n):
          yield i
      raise LookupError("no more")
  async def forever():
      try:
          yield 0
          await asyncio.Event().wait()
      except asyncio.CancelledError as error:
          log.append("cancelled")
          raise
      finally:
          await asyncio.sleep(0.001)
          log.append("closed")
  async def stubborn():
      i = 0
      while True:
          try:
              await asyncio.sleep(60 if i else 0)
          except asyncio.CancelledError:
              log.append("swallowed")
          i += 1
          yield i
  async def dialogue():
      heard = []
      try:
          while True:
              try:
                  heard.append((yield len(heard)))
              except KeyError as error:
                  heard.append(error)
              except Exception as error:
                  heard.append(type(error).__name__)
                  if len(heard) > 3:
                      return
      finally:
          log.append("closed")
  def text():
      return ",".join(map(str, log))
  def count():
      return made
`;

const consumers = `
  import asyncio, inspect
  log = []
  async def collect(stream):
      return [item async for item in stream]
  async def verify(stream, n, pause_every=0):
      expected = 0
      async for item in stream:
          if item != expected:
              return "expected %r, got %r" % (expected, item)
          expected += 1
          if pause_every and item % pause_every == 0:
              await asyncio.sleep(0.001 if item % 5 == 0 else 0)
      return "complete" if expected == n else "only %d" % expected
  async def take(stream, n):
      taken = []
      async for item in stream:
          taken.append(item)
          if len(taken) == n:
              break
      await stream.aclose()
      log.append("left")
      return taken
  async def within(stream, seconds):
      try:
          return await asyncio.wait_for(collect(stream), seconds)
      except asyncio.TimeoutError:
          return "timeout"
  def describe(stream):
      return [inspect.isasyncgen(stream)] + [hasattr(stream, name) for name in ("asend", "athrow", "aclose", "__anext__")]
  async def catch(stream):
      items = []
      try:
          async for item in stream:
              items.append(item)
      except BaseException as error:
          return items, error
      return items, None
`;

/** Waits until `condition` holds; the test's own deadline is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await later(null, 1);
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, index) => index);

export const streams: Topic = (suite) => {
  const { api, test, load, capabilities } = suite;
  const { asyncIterableIntoPy, getCurrentLoop, intoAsyncIterable, intoPromise, python, TaskLocals } = api;
  const many = capabilities.nightly ? 1_000_000 : 10_000;
  const long = { timeout: capabilities.nightly ? 600_000 : 60_000 };
  const marks = [1, 2, 3, 16, 64];

  // Python to JS

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

  test("break closes the generator, and its finally blocks have ended when the loop is left", async () => {
    for (const highWaterMark of marks) {
      for (const pause of [null, 0, 0.001]) {
        const module = load(sources);
        for await (const item of intoAsyncIterable<number>(module.numbers(100, pause), { highWaterMark })) if (item === 2) break;
        assert.equal(module.text(), "begin,finally,closed");
      }
    }
  });

  test("break closes a sync generator", async () => {
    const module = load(sources);
    for await (const item of intoAsyncIterable<number>(module.plain(100), { highWaterMark: 1 })) if (item === 2) break;
    assert.equal(module.text(), "closed");
    assert.equal(module.count(), 3);
  });

  test("a source that swallows its cancellation is closed at its next yield", async () => {
    const module = load(sources);
    const iterator = intoAsyncIterable<number>(module.stubborn());
    await iterator.next();
    await later(null, 2);
    await iterator.return!();
    assert.equal(module.text(), "swallowed");
  });

  test("return while next waits ends both", async () => {
    const module = load(sources);
    const iterator = intoAsyncIterable<number>(module.forever(), { highWaterMark: 1 });
    await iterator.next();
    const waiting = iterator.next();
    await later(null, 5);
    const again = [iterator.return!("first"), iterator.return!("second")];
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.deepEqual(
      (await Promise.all(again)).map(({ value }) => value as unknown),
      ["first", "second"],
    );
    assert.equal(module.text(), "cancelled,closed");
  });

  test("an error in the cleanup rejects return", async () => {
    const module = load(`
      async def messy():
          try:
              yield 1
              yield 2
          finally:
              raise ValueError("while closing")
    `);
    for (const highWaterMark of [1, 2]) {
      const iterator = intoAsyncIterable(module.messy(), { highWaterMark });
      await iterator.next();
      assert.equal((await caught(() => iterator.return!())).message, "while closing");
    }
  });

  test("an error arrives behind the items, once, and keeps its identity", async () => {
    for (const highWaterMark of marks) {
      const iterator = intoAsyncIterable<number>(load(sources).failing(5), { highWaterMark });
      for (const expected of range(5)) assert.equal((await iterator.next()).value, expected);
      const error = await caught(() => iterator.next());
      assert.equal(error.name, "LookupError");
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    }
    const mine = new RangeError("from JS");
    const module = load(`
      async def passing(f):
          yield 1
          f()
    `);
    const thrower = (): never => {
      throw mine;
    };
    assert.equal(await caught(() => collect(intoAsyncIterable(module.passing(thrower)))), mine);
  });

  test("throw throws at the yield where the source stands", async () => {
    const module = load(sources);
    const iterator = intoAsyncIterable<number>(module.dialogue(), { highWaterMark: 1 });
    assert.equal((await iterator.next()).value, 0);
    assert.deepEqual(await iterator.throw!(new Error("one")), { done: false, value: 1 });
    assert.equal((await iterator.next()).value, 2);
    assert.equal((await iterator.throw!(python.call(python.builtins.KeyError as Py, "key"))).value, 3);
    assert.deepEqual(await iterator.throw!(new Error("last")), { done: true, value: undefined });
    assert.equal(module.text(), "closed");
    const mine = new Error("mine");
    assert.equal(await caught(() => iterator.throw!(mine)), mine);
  });

  test("throw into a source that does not catch comes back as the same error", async () => {
    for (const highWaterMark of [1, 16]) {
      const module = load(sources);
      const iterator = intoAsyncIterable<number>(module.numbers(100), { highWaterMark });
      await iterator.next();
      const mine = new Error("mine");
      assert.equal(await caught(() => iterator.throw!(mine)), mine);
      assert.equal(module.text(), "begin,finally,closed");
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    }
    const mine = new Error("mine");
    assert.equal(await caught(() => intoAsyncIterable(load(sources).numbers(1)).throw!(mine)), mine);
    const list = intoAsyncIterable(python.eval("[1, 2]"), { highWaterMark: 1 });
    await list.next();
    assert.equal(await caught(() => list.throw!(mine)), mine);
  });

  test("with a mark of 1 next sends", async () => {
    const module = load(`
      async def echo():
          heard = None
          while heard != "end":
              heard = yield heard
      def sync_echo():
          heard = None
          while heard != "end":
              heard = yield heard
    `);
    for (const source of [module.echo(), module.sync_echo()]) {
      const iterator = intoAsyncIterable<string>(source, { highWaterMark: 1 }) as AsyncIterator<string | null, unknown, string | undefined>;
      assert.equal((await iterator.next()).value, null);
      assert.equal((await iterator.next("a")).value, "a");
      assert.equal((await iterator.next()).value, null);
      assert.equal((await iterator.next("end")).done, true);
    }
  });

  test("an abort cancels what the source awaits and rejects with the reason after its cleanup", async () => {
    const module = load(sources);
    const controller = new AbortController();
    const iterator = intoAsyncIterable<number>(module.forever(), { signal: controller.signal });
    await iterator.next();
    const waiting = iterator.next();
    await turn();
    const reason = new Error("enough");
    controller.abort(reason);
    assert.equal(await caught(() => waiting), reason);
    assert.equal(module.text(), "cancelled,closed");
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  });

  test("an abort while nobody waits is told at the next next", async () => {
    const module = load(sources);
    const controller = new AbortController();
    const iterator = intoAsyncIterable<number>(module.numbers(100), { signal: controller.signal, highWaterMark: 4 });
    await iterator.next();
    const reason = new Error("enough");
    controller.abort(reason);
    assert.equal(await caught(() => iterator.next()), reason);
    assert.equal(module.text(), "begin,finally,closed");
  });

  test("a signal that was aborted before starts nothing, and one that aborts later changes nothing", async () => {
    const module = load(sources);
    const reason = new Error("before");
    const iterator = intoAsyncIterable(module.numbers(3), { signal: AbortSignal.abort(reason) });
    assert.equal(await caught(() => iterator.next()), reason);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    assert.equal(module.text(), "");
    const controller = new AbortController();
    assert.deepEqual(await collect(intoAsyncIterable(module.numbers(3), { signal: controller.signal })), [0, 1, 2]);
    controller.abort();
  });

  test("a source that raises CancelledError of its own is an ordinary error", async () => {
    const module = load(`
      import asyncio
      async def own():
          yield 1
          raise asyncio.CancelledError()
    `);
    const error = await caught(() => collect(intoAsyncIterable(module.own())));
    assert.ok(api.isPyError(error));
    assert.equal(error.name, "CancelledError");
  });

  test("timeouts inside a source are its own affair", async () => {
    const module = load(`
      import asyncio
      async def impatient():
          for i in range(3):
              try:
                  await asyncio.wait_for(asyncio.sleep(60), 0.001)
              except asyncio.TimeoutError:
                  yield i
    `);
    assert.deepEqual(await collect(intoAsyncIterable(module.impatient())), [0, 1, 2]);
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

  test(
    "a loop that closes rejects who waits",
    async () => {
      const module = load(`
      import asyncio, interloop
      async def waits():
          yield 1
          await asyncio.sleep(60)
    `);
      for (const read of [1, 2]) {
        const loop = getCurrentLoop();
        const iterator = intoAsyncIterable(module.waits(), { highWaterMark: 1 });
        await iterator.next();
        const waiting = read === 2 ? iterator.next() : undefined;
        await turn();
        loop.close();
        const error = await caught(() => waiting ?? iterator.next());
        assert.equal(error.code, "loop-closed");
        await iterator.return!();
      }
    },
    { leaves: "Tasks of a closed loop are never ended" },
  );

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

  test(
    "an iterator that nobody holds closes its source",
    async () => {
      const module = load(sources);
      await (async () => {
        await intoAsyncIterable(module.numbers(100)).next();
      })();
      const collectGarbage = capabilities.collectGarbage as () => void;
      await until(() => {
        collectGarbage();
        return module.text() === "begin,finally,closed";
      });
    },
    { needs: "collectGarbage" },
  );

  test(
    "a process ends although a stream was not read to its end, and cleans up; it does not while somebody waits",
    async () => {
      const child = childRunner(capabilities);
      const code = (body: string): string => `
      const { intoAsyncIterable, python } = api;
      python.exec(\`
import asyncio, threading
async def count():
    try:
        for number in range(100):
            yield number
    finally:
        await asyncio.sleep(0.001)
        print("closed", flush=True)
async def thread():
    for number in range(2):
        future = asyncio.get_running_loop().create_future()
        threading.Timer(0.05, lambda: future.get_loop().call_soon_threadsafe(future.set_result, number)).start()
        yield await future
\`);
      ${body}
    `;
      assertQuiet(await child(code(`console.log((await intoAsyncIterable(python.eval("count")()).next()).value);`)), "0\nclosed\n");
      assertQuiet(await child(code(`for await (const item of intoAsyncIterable(python.eval("thread")(), { highWaterMark: 1 })) console.log(item);`)), "0\n1\n");
    },
    { needs: "child" },
  );

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

  test("marks far above what one call can carry", async () => {
    const total = 30_000;
    const highWaterMark = 20_000;
    let sum = 0;
    for await (const item of intoAsyncIterable<number>(python.eval(`range(${total})`), { highWaterMark })) sum += item;
    assert.equal(sum, (total * (total - 1)) / 2);
    assert.equal(await load(consumers).verify(asyncIterableIntoPy(range(total), { highWaterMark }), total), "complete");
  });

  // JS to Python

  async function* jsNumbers(n: number, log: string[] = [], state = { made: 0 }): AsyncGenerator<number> {
    log.push("begin");
    try {
      for (let item = 0; item < n; item++) {
        state.made = item + 1;
        yield item;
      }
      log.push("end");
    } finally {
      log.push("finally");
      await later(null, 1);
      log.push("closed");
    }
  }

  test("it is a real async generator, and every item arrives, in order, once, whatever the mark", async () => {
    const module = load(consumers);
    assert.deepEqual(python.toJs(module.describe(asyncIterableIntoPy([]))), [true, true, true, true, true]);
    for (const highWaterMark of marks) {
      const log: string[] = [];
      assert.equal(await module.verify(asyncIterableIntoPy(jsNumbers(100, log), { highWaterMark }), 100), "complete");
      assert.deepEqual(log, ["begin", "end", "finally", "closed"]);
    }
  });

  test(
    "nothing is lost when the buffer is full and both sides pause at odd moments, to Python",
    async () => {
      const module = load(consumers);
      async function* jittery(): AsyncGenerator<number> {
        for (let item = 0; item < many; item++) {
          if (item % 7 === 0) await Promise.resolve();
          if (item % 61 === 0) await turn();
          if (item % 1009 === 0) await later(null, 1);
          yield item;
        }
      }
      for (const highWaterMark of [1, 3, 16]) {
        assert.equal(await module.verify(asyncIterableIntoPy(jittery(), { highWaterMark }), many, 97), "complete");
      }
    },
    long,
  );

  test("arrays, sync generators, text, Map, ReadableStream and Node streams are iterated", async () => {
    const module = load(consumers);
    const all = async (source: Parameters<typeof asyncIterableIntoPy>[0]): Promise<unknown> => python.toJs(await module.collect(asyncIterableIntoPy(source)));
    assert.deepEqual(await all(range(40)), range(40));
    assert.deepEqual(await all(range(40).values()), range(40));
    assert.deepEqual(await all("añ😀"), ["a", "ñ", "😀"]);
    assert.deepEqual(await all(new Map([["a", 1]]).keys()), ["a"]);
    assert.deepEqual(await all(ReadableStream.from(range(40))), range(40));
    assert.deepEqual(await all(Readable.from(range(40))), range(40));
    assert.deepEqual(await all(() => range(3)), range(3));
  });

  test("nothing is read before Python asks", async () => {
    let calls = 0;
    const stream = asyncIterableIntoPy(() => {
      calls++;
      return [1];
    });
    await turn();
    assert.equal(calls, 0);
    assert.deepEqual(python.toJs(await load(consumers).collect(stream)), [1]);
    assert.equal(calls, 1);
    await intoPromise(asyncIterableIntoPy([1]).aclose());
  });

  test("a slow Python reader stops a fast JS writer within the mark; 1 is strictly on demand", async () => {
    const module = load(`
      import asyncio
      async def slow(stream, made, mark):
          taken = 0
          async for _ in stream:
              taken += 1
              await asyncio.sleep(0.001)
              if not taken <= made() <= taken + mark - 1:
                  return "%d made, %d taken" % (made(), taken)
              if taken == 30:
                  await stream.aclose()
          return "well"
    `);
    for (const highWaterMark of [1, 2, 16]) {
      for (const sync of [false, true]) {
        const state = { made: 0 };
        function* syncNumbers(): Generator<number> {
          for (let item = 0; item < 1000; item++) {
            state.made = item + 1;
            yield item;
          }
        }
        const source = sync ? syncNumbers() : jsNumbers(1000, [], state);
        assert.equal(await module.slow(asyncIterableIntoPy(source, { highWaterMark }), () => state.made, highWaterMark), "well");
      }
    }
  });

  test("aclose returns when the JS generator has cleaned up", async () => {
    const module = load(consumers);
    for (const highWaterMark of marks) {
      const log: string[] = [];
      assert.deepEqual(python.toJs(await module.take(asyncIterableIntoPy(jsNumbers(100, log), { highWaterMark }), 3)), [0, 1, 2]);
      assert.deepEqual(log, ["begin", "finally", "closed"]);
    }
  });

  test("return of the iterator is called once, and never after the end", async () => {
    const module = load(consumers);
    const make = (n: number): { source: AsyncIterable<number>; calls: () => number } => {
      let calls = 0;
      let item = 0;
      const iterator = {
        next: async () => (item < n ? { done: false as const, value: item++ } : { done: true as const, value: undefined }),
        return: async () => {
          calls++;
          return { done: true as const, value: undefined };
        },
      };
      return { source: { [Symbol.asyncIterator]: () => iterator }, calls: () => calls };
    };
    const left = make(100);
    await module.take(asyncIterableIntoPy(left.source), 3);
    assert.equal(left.calls(), 1);
    const read = make(3);
    await module.collect(asyncIterableIntoPy(read.source));
    assert.equal(read.calls(), 0);
  });

  test("an error arrives behind the items and keeps its identity", async () => {
    const module = load(consumers);
    const mine = new RangeError("mine");
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      yield 2;
      throw mine;
    }
    for (const highWaterMark of marks) {
      const [items, error] = [...(await module.catch(asyncIterableIntoPy(failing(), { highWaterMark })))] as [Py, Py];
      assert.deepEqual(python.toJs(items), [1, 2]);
      assert.equal(error.value, mine);
      assert.equal(await caught(() => module.collect(asyncIterableIntoPy(failing(), { highWaterMark }))), mine);
    }
    function* sync(): Generator<number> {
      yield 1;
      throw mine;
    }
    assert.equal(await caught(() => module.collect(asyncIterableIntoPy(sync()))), mine);
    const maker = (): never => {
      throw mine;
    };
    assert.equal(await caught(() => module.collect(asyncIterableIntoPy(maker))), mine);
    assert.equal((await caught(() => module.collect(asyncIterableIntoPy(() => 5 as Py)))).code, "bad-argument");
    const broken = { [Symbol.asyncIterator]: () => ({ next: async () => 5 }) } as Py;
    assert.equal((await caught(() => module.collect(asyncIterableIntoPy(broken)))).name, "TypeError");
  });

  test("a Python exception that JS passes on is itself in Python", async () => {
    const module = load(`
      error = KeyError("tea")
      def fail():
          raise error
      async def check(stream):
          try:
              async for _ in stream: pass
          except KeyError as caught:
              return caught is error
    `);
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      module.fail();
    }
    assert.equal(await module.check(asyncIterableIntoPy(failing())), true);
  });

  test("athrow throws at the yield where the source stands, and asend sends", async () => {
    const module = load(`
      async def talk(stream):
          said = [await stream.__anext__(), await stream.asend("a"), await stream.__anext__()]
          said.append(await stream.athrow(ValueError("thrown")))
          try:
              await stream.athrow(KeyError("out"))
          except KeyError as error:
              said.append(str(error))
          try:
              await stream.__anext__()
          except StopAsyncIteration:
              said.append("end")
          return said
    `);
    const log: string[] = [];
    async function* dialogue(): AsyncGenerator<unknown, void, unknown> {
      let heard: unknown;
      try {
        for (;;) {
          try {
            heard = yield String(heard);
          } catch (error) {
            if ((error as Error).name === "KeyError") throw error;
            heard = (error as Error).message;
          }
        }
      } finally {
        log.push("closed");
      }
    }
    const said = python.toJs(await module.talk(asyncIterableIntoPy(dialogue(), { highWaterMark: 1 })));
    assert.deepEqual(said, ["undefined", "a", "undefined", "thrown", "'out'", "end"]);
    assert.deepEqual(log, ["closed"]);
  });

  test("athrow into a source that cannot catch closes it and raises", async () => {
    const module = load(`
      async def talk(stream):
          await stream.__anext__()
          try:
              await stream.athrow(KeyError("out"))
          except KeyError as error:
              return str(error)
    `);
    for (const highWaterMark of [1, 16]) {
      let returned = 0;
      const iterator = {
        next: async () => ({ done: false as const, value: 1 }),
        return: async () => {
          returned++;
          return { done: true as const, value: undefined };
        },
      };
      assert.equal(await module.talk(asyncIterableIntoPy({ [Symbol.asyncIterator]: () => iterator }, { highWaterMark })), "'out'");
      assert.equal(returned, 1);
    }
    assert.equal(await module.talk(asyncIterableIntoPy(range(30))), "'out'");
  });

  test("a cancellation is prompt, aborts the signal, and waits for a source that listens", async () => {
    const module = load(consumers);
    const log: string[] = [];
    async function* listening(signal: AbortSignal): AsyncGenerator<number> {
      try {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      } finally {
        await later(null, 1);
        log.push("closed");
      }
    }
    assert.equal(
      await module.within(
        asyncIterableIntoPy(({ signal }) => listening(signal)),
        0.01,
      ),
      "timeout",
    );
    assert.deepEqual(log, ["closed"]);
  });

  test("a cancellation does not wait for a source that does not listen, which is closed when it goes on", async () => {
    const module = load(consumers);
    const log: string[] = [];
    let goOn: (value: unknown) => void = () => undefined;
    async function* deaf(): AsyncGenerator<number> {
      try {
        yield 1;
        await new Promise((resolve) => (goOn = resolve));
        yield 2;
        log.push("went on");
      } finally {
        log.push("closed");
      }
    }
    assert.equal(await module.within(asyncIterableIntoPy(deaf()), 0.01), "timeout");
    assert.deepEqual(log, []);
    goOn(null);
    await turn();
    assert.deepEqual(log, ["closed"]);
  });

  test("streams are told at once when Python leaves", async () => {
    const module = load(consumers);
    let cancelled = 0;
    const web = new ReadableStream<number>({
      start: (controller) => controller.enqueue(1),
      cancel: () => void cancelled++,
    });
    assert.equal(await module.within(asyncIterableIntoPy(web), 0.01), "timeout");
    assert.equal(cancelled, 1);
    assert.equal(web.locked, false);
    const node = new Readable({ objectMode: true, read: () => undefined });
    node.push(1);
    assert.equal(await module.within(asyncIterableIntoPy(node), 0.01), "timeout");
    assert.equal(node.destroyed, true);
  });

  test(
    "a generator that Python drops without aclose is closed",
    async () => {
      const module = load(`
      async def first(stream):
          async for item in stream:
              return item
    `);
      const log: string[] = [];
      assert.equal(await module.first(asyncIterableIntoPy(jsNumbers(100, log))), 0);
      await until(() => {
        suite.collectPython();
        if (suite.capabilities.collectGarbage instanceof Function) suite.capabilities.collectGarbage();
        return log.includes("closed");
      });
      assert.deepEqual(log, ["begin", "finally", "closed"]);
    },
    { needs: "collectGarbage" },
  );

  test(
    "the source runs in the async context of whoever made the stream",
    async () => {
      const storage = new AsyncLocalStorage<string>();
      const module = load(consumers);
      async function* read(): AsyncGenerator<string | undefined> {
        for (let item = 0; item < 20; item++) {
          yield storage.getStore();
          if (item % 3 === 0) await turn();
        }
      }
      for (const highWaterMark of [1, 16]) {
        const made = storage.run("maker", () => asyncIterableIntoPy(read(), { highWaterMark }));
        const seen = python.toJs(await storage.run("reader", () => module.collect(made) as Promise<Py>)) as unknown[];
        assert.deepEqual(new Set(seen), new Set(["maker"]));
        const nobody = asyncIterableIntoPy(read(), { highWaterMark });
        const others = python.toJs(await storage.run("reader", () => module.collect(nobody) as Promise<Py>)) as unknown[];
        assert.deepEqual(new Set(others), new Set([null]));
      }
      const back = load(`
        async def call(f):
            for _ in range(20):
                yield f()
      `);
      const made = storage.run("maker", () => intoAsyncIterable(back.call(() => storage.getStore() ?? "none")));
      assert.deepEqual(new Set(await storage.run("reader", () => collect(made))), new Set(["maker"]));
    },
    { needs: "asyncLocalStorage" },
  );

  test("the locals of a JS source are in force in it", async () => {
    const locals = new TaskLocals(getCurrentLoop());
    async function* read(): AsyncGenerator<boolean> {
      for (let item = 0; item < 3; item++) yield api.getCurrentLocals() === locals;
    }
    assert.deepEqual(python.toJs(await load(consumers).collect(asyncIterableIntoPy(read(), { locals }))), [true, true, true]);
  });

  // There and back

  test("a stream through both sides and home again", async () => {
    const module = load(`
      async def double(stream):
          try:
              async for item in stream:
                  yield item * 2
          finally:
              await stream.aclose()
    `);
    for (const highWaterMark of [1, 16]) {
      const log: string[] = [];
      const there = asyncIterableIntoPy(jsNumbers(100, log), { highWaterMark });
      let seen = 0;
      for await (const item of intoAsyncIterable<number>(module.double(there), { highWaterMark })) {
        assert.equal(item, seen * 2);
        if (++seen === 50) break;
      }
      assert.deepEqual(log, ["begin", "finally", "closed"]);
    }
  });

  test(
    "leaving at the moment an item comes",
    async () => {
      const rounds = capabilities.nightly ? 1000 : 100;
      const module = load(`
        import asyncio
        open = 0
        async def ticks(pause):
            global open
            open += 1
            try:
                while True:
                    await asyncio.sleep(pause)
                    yield 1
            finally:
                await asyncio.sleep(0)
                open -= 1
        def opened():
            return open
        async def leave(stream, pause):
            task = asyncio.ensure_future(run(stream))
            await asyncio.sleep(pause)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
        async def run(stream):
            async for _ in stream:
                await asyncio.sleep(0)
      `);
      for (let round = 0; round < rounds; round++) {
        const highWaterMark = 1 + (round % 4);
        const iterator = intoAsyncIterable(module.ticks((round % 5) / 2000), { highWaterMark });
        const waiting = iterator.next();
        await later(null, (round % 7) / 3);
        if (round % 2 === 0) await waiting;
        const next = iterator.next();
        await iterator.return!();
        await Promise.all([waiting, next]);
        assert.equal(module.opened(), 0);

        const controller = new AbortController();
        const aborted = intoAsyncIterable(module.ticks((round % 5) / 2000), { highWaterMark, signal: controller.signal });
        await aborted.next();
        const outcome = aborted.next().catch((error: unknown) => error);
        setTimeout(() => controller.abort("stop"), (round % 7) / 3);
        const got = await outcome;
        assert.ok(got === "stop" || (got as IteratorResult<number>).value === 1, String(got));
        await aborted.return!();
        assert.equal(module.opened(), 0);

        let open = 0;
        async function* jsTicks(signal: AbortSignal): AsyncGenerator<number> {
          open++;
          try {
            while (!signal.aborted) {
              await later(null, (round % 5) / 2);
              yield 1;
            }
          } finally {
            open--;
          }
        }
        await module.leave(
          asyncIterableIntoPy(({ signal }) => jsTicks(signal), { highWaterMark }),
          ((round % 7) + 1) / 2000,
        );
        await until(() => open === 0);
      }
    },
    long,
  );
};
