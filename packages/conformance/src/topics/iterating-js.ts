/** Python iterates over JS iterators and generators: what they return, are sent and thrown, and that they are closed when Python is done with them, without a collector. */
import assert from "node:assert/strict";
import { caught, later, until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const readers = `
  import asyncio, contextlib, itertools
  from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
  def first(it):
      for item in it:
          return item
  def left(make, is_closed):
      """Leaves a loop over what only the loop holds."""
      for item in make():
          break
      return [item, is_closed()]
  def next_of(it):
      return next(it)
  def resumed(it):
      for item in it:
          break
      return [item] + list(it)
  def chunks(it, size):
      return list(iter(lambda: list(itertools.islice(it, size)), []))
  def begun_by_next(make, is_closed):
      it = make()
      item = next(it)
      before = is_closed()
      del it
      return [item, before, is_closed()]
  def dropped_unbegun(make, is_closed):
      it = make()
      iter(it)
      del it
      return is_closed()
  def delegate(it, out):
      out.append((yield from it))
  def with_delegate(it):
      out = []
      steps = delegate(it, out)
      items = [next(steps), steps.send("sent"), steps.throw(KeyError("key"))]
      items += list(steps)
      return items + out
  def closed_delegate(it):
      steps = delegate(it, [])
      next(steps)
      steps.close()
  def value_of(it):
      try:
          while True:
              next(it)
      except StopIteration as stop:
          return stop.value
  def is_same_error(it):
      error = KeyError("mine")
      next(it)
      try:
          it.throw(error)
      except KeyError as caught:
          return caught is error
  def three_arguments(it):
      next(it)
      return it.throw(KeyError, KeyError("key"), None)
  def close(it):
      next(it)
      it.close()
      return next(it, "end")
  def kinds(it):
      return [isinstance(it, kind) for kind in (Iterator, Generator, AsyncIterator, AsyncGenerator)] + [iter(it) is it]
  def managed(make, fails):
      log = []
      with contextlib.contextmanager(make)("argument") as value:
          log.append(value)
          if fails:
              raise LookupError("body")
      return log
  async def first_async(it):
      async for item in it:
          return item
  async def left_async(make, is_closed):
      async for item in make():
          break
      for _ in range(100):
          if is_closed():
              break
          await asyncio.sleep(0.001)
      return [item, is_closed()]
  async def resumed_async(it):
      async for item in it:
          break
      return [item] + [item async for item in it]
  async def next_async(it):
      return await it.__anext__()
  async def talk_async(it):
      return [await it.asend(None), await it.asend("sent"), await it.athrow(KeyError("key")), await it.aclose()]
  async def managed_async(make, fails):
      log = []
      async with contextlib.asynccontextmanager(make)("argument") as value:
          log.append(value)
          if fails:
              raise LookupError("body")
      return log
  def kinds_async(it):
      return [isinstance(it, kind) for kind in (AsyncIterator, AsyncGenerator)]
`;

export const iteratingJs: Topic = ({ api, load, test }) => {
  const { python } = api;

  /** A generator function, and what it was told. */
  const watched = (): { make: () => Generator<number, string, unknown>; isClosed: () => boolean } => {
    let closed = false;
    return {
      *make() {
        try {
          yield 1;
          yield 2;
          yield 3;
          return "returned";
        } finally {
          closed = true;
        }
      },
      isClosed: () => closed,
    };
  };
  const watchedAsync = (): { make: () => AsyncGenerator<number, void, unknown>; isClosed: () => boolean } => {
    let closed = false;
    return {
      async *make() {
        try {
          yield 1;
          yield 2;
          yield 3;
        } finally {
          await Promise.resolve();
          closed = true;
        }
      },
      isClosed: () => closed,
    };
  };
  function* dialogue(): Generator<unknown, string, unknown> {
    let heard: unknown = yield "hello";
    try {
      heard = yield heard;
    } catch (error) {
      heard = yield (error as Error).name;
    }
    return `heard ${String(heard)}`;
  }

  test("what is asynchronous is not iterable without async, whatever makes the iterator", async () => {
    const module = load("def items(it):\n    return [item for _, item in zip(range(3), it)]");
    const next = async (): Promise<unknown> => ({ done: true, value: undefined });
    for (const made of [
      (async function* () {
        yield 1;
      })(),
      { [Symbol.asyncIterator]: () => ({ next }) },
      { next, [Symbol.asyncIterator]: () => ({ next }) },
      new ReadableStream(),
    ]) {
      const error = await caught(() => module.items(made));
      assert.equal(error.name, "TypeError");
      assert.match(error.message, /is not iterable/);
    }
  });

  test("what only async for iterates over is no Iterable, and an iterator no AsyncIterable, for libraries that ask in either order", () => {
    const module = load(`
      from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sized
      def kinds(thing):
          return [kind.__name__ for kind in (AsyncIterable, AsyncIterator, Iterable, Iterator, Sized) if isinstance(thing, kind)]
    `);
    const kinds = (thing: unknown): unknown => [...module.kinds(thing)];
    const asyncGenerator = (async function* () {})();
    const generator = (function* () {})();
    assert.deepEqual(kinds(asyncGenerator), ["AsyncIterable", "AsyncIterator"]);
    assert.deepEqual(kinds(generator), ["Iterable", "Iterator"]);
    assert.deepEqual(kinds(new ReadableStream()), ["AsyncIterable"]);
  });

  test("an async generator sees the context variables of the task that iterates, after its awaits too", async () => {
    const module = load(`
      import asyncio, contextvars
      variable = contextvars.ContextVar("variable", default="none")
      def get():
          return variable.get()
      async def read(value, items):
          variable.set(value)
          return [item async for item in items]
    `);
    const items = async function* (): AsyncGenerator<unknown> {
      yield module.get();
      await later(null);
      yield module.get();
      yield await later(null).then(() => module.get());
    };
    const read = (value: string): Promise<Py> => module.read(value, items());
    const all = await Promise.all(["first", "second"].map(read));
    assert.deepEqual(
      all.map((each) => [...each]),
      [
        ["first", "first", "first"],
        ["second", "second", "second"],
      ],
    );
    assert.equal(module.get(), "none");
  });

  test("a loop that is left closes the generator when nothing holds it any more", () => {
    const module = load(readers);
    const one = watched();
    assert.deepEqual(python.toJs(module.left(one.make, one.isClosed)), [1, true]);
    const two = watched();
    assert.equal(module.first(two.make()), 1);
    assert.equal(two.isClosed(), true);
    const three = watched();
    assert.equal(module.first({ [Symbol.iterator]: three.make }), 1);
    assert.equal(three.isClosed(), true);
  });

  test("a generator that Python holds goes on after a loop that was left", () => {
    const module = load(readers);
    assert.deepEqual(python.toJs(module.resumed(watched().make())), [1, 2, 3]);
    assert.deepEqual(python.toJs(module.chunks(watched().make(), 2)), [[1, 2], [3]]);
  });

  test("next() takes an iterator, and JS goes on with what it holds", () => {
    const module = load(readers);
    const { make, isClosed } = watched();
    const generator = make();
    assert.deepEqual([module.next_of(generator), module.next_of(generator)], [1, 2]);
    assert.equal(isClosed(), false);
    assert.deepEqual([...generator], [3]);
    assert.equal(module.next_of([7].values()), 7);
    assert.equal(module.next_of(new Map([["key", 1]]).keys()), "key");
    const own = {
      count: 0,
      next() {
        return { done: false, value: ++this.count };
      },
      [Symbol.iterator]() {
        return this;
      },
    };
    assert.deepEqual([module.next_of(own), module.first(own)], [1, 2]);
  });

  test("what a generator function returns to Python is Python's, and closed when it is dropped", () => {
    const module = load(readers);
    const one = watched();
    assert.deepEqual(python.toJs(module.begun_by_next(one.make, one.isClosed)), [1, false, true]);
    const two = watched();
    assert.equal(module.dropped_unbegun(two.make, two.isClosed), false);
  });

  test("a generator's return value, what it is sent and what is thrown into it", async () => {
    const module = load(readers);
    assert.equal(module.value_of(watched().make()), "returned");
    assert.equal(module.value_of([1][Symbol.iterator]()), null);
    assert.deepEqual(python.toJs(module.with_delegate(dialogue())), ["hello", "sent", "KeyError", "heard undefined"]);
    assert.equal(module.is_same_error(watched().make()), true);
    const talk = dialogue();
    talk.next();
    assert.equal(module.three_arguments(talk), "KeyError");
    const { make, isClosed } = watched();
    module.closed_delegate(make());
    assert.equal(isClosed(), true);
    assert.equal(module.close(watched().make()), "end");
    function* never(): Generator<number> {
      try {
        yield 1;
      } finally {
        yield 2;
      }
    }
    assert.match((await caught(() => module.close(never()))).message, /generator ignored GeneratorExit/);
  });

  test("a StopIteration that comes out of a generator is not its end", async () => {
    const module = load(`${readers}
  def empty():
      next(iter([]))
    `);
    function* broken(): Generator<number> {
      yield 1;
      module.empty();
    }
    const error = await caught(() => module.resumed(broken()));
    assert.equal(error.name, "RuntimeError");
    assert.match(error.message, /generator raised StopIteration/);
  });

  test("an error of next() and of return() is raised, and a wrong step is a TypeError", async () => {
    const module = load(readers);
    const mine = new Error("mine");
    function* failing(): Generator<number> {
      yield 1;
      throw mine;
    }
    assert.equal(await caught(() => module.resumed(failing())), mine);
    const wrong = { next: () => 5, [Symbol.iterator]: (): unknown => wrong };
    assert.match((await caught(() => module.first(wrong))).message, /not an object/);
  });

  test("iterators are what Python calls so", () => {
    const module = load(readers);
    assert.deepEqual(python.toJs(module.kinds(watched().make())), [true, true, false, false, true]);
    assert.deepEqual(python.toJs(module.kinds([1].values())), [true, true, false, false, true]);
    assert.deepEqual(python.toJs(module.kinds_async(watchedAsync().make())), [true, true]);
  });

  test("something with next() that iterates in another way is iterated in that way", () => {
    const module = load(readers);
    const cursor = {
      next: () => "a row",
      *[Symbol.iterator]() {
        yield* [1, 2];
      },
    };
    assert.deepEqual(python.toJs(load("def all(it): return list(it)").all(cursor)), [1, 2]);
    assert.equal(module.first(cursor), 1);
  });

  test("contextlib.contextmanager takes a generator function", async () => {
    const module = load(readers);
    const log: unknown[] = [];
    function* managed(argument: string): Generator<string, void, unknown> {
      log.push("enter");
      try {
        yield argument;
      } catch (error) {
        log.push((error as Error).name);
        throw error;
      } finally {
        log.push("exit");
      }
    }
    assert.deepEqual(python.toJs(module.managed(managed, false)), ["argument"]);
    assert.deepEqual(log.splice(0), ["enter", "exit"]);
    assert.equal((await caught(() => module.managed(managed, true))).name, "LookupError");
    assert.deepEqual(log.splice(0), ["enter", "LookupError", "exit"]);
    function* swallowing(): Generator<number, void, unknown> {
      try {
        yield 1;
      } catch {
        log.push("swallowed");
      }
    }
    assert.deepEqual(python.toJs(module.managed(swallowing, true)), [1]);
    assert.deepEqual(log, ["swallowed"]);
  });

  test("an async loop that is left closes the async generator", async () => {
    const module = load(readers);
    const one = watchedAsync();
    assert.deepEqual(python.toJs(await module.left_async(one.make, one.isClosed)), [1, true]);
    const two = watchedAsync();
    assert.equal(await module.first_async(two.make()), 1);
    await until(two.isClosed);
    const three = watchedAsync();
    assert.equal(await module.first_async({ [Symbol.asyncIterator]: three.make }), 1);
    await until(three.isClosed);
  });

  test("an async generator goes on where Python or JS still holds it", async () => {
    const module = load(readers);
    assert.deepEqual(python.toJs(await module.resumed_async(watchedAsync().make())), [1, 2, 3]);
    const { make, isClosed } = watchedAsync();
    const generator = make();
    assert.deepEqual([await module.next_async(generator), await module.next_async(generator)], [1, 2]);
    assert.deepEqual(await generator.next(), { done: false, value: 3 });
    assert.equal(isClosed(), false);
    await generator.return();
  });

  test("an async generator is sent, thrown into and closed", async () => {
    const module = load(readers);
    let closed = false;
    async function* talk(): AsyncGenerator<unknown, void, unknown> {
      try {
        let heard = yield "hello";
        try {
          heard = yield heard;
        } catch (error) {
          yield (error as Error).name;
        }
      } finally {
        closed = true;
      }
    }
    assert.deepEqual(python.toJs(await module.talk_async(talk())), ["hello", "sent", "KeyError", null]);
    assert.equal(closed, true);
  });

  test("contextlib.asynccontextmanager takes an async generator function", async () => {
    const module = load(readers);
    const log: unknown[] = [];
    async function* managed(argument: string): AsyncGenerator<string, void, unknown> {
      log.push("enter");
      try {
        yield argument;
      } catch (error) {
        log.push((error as Error).name);
        throw error;
      } finally {
        await Promise.resolve();
        log.push("exit");
      }
    }
    assert.deepEqual(python.toJs(await module.managed_async(managed, false)), ["argument"]);
    assert.deepEqual(log.splice(0), ["enter", "exit"]);
    assert.equal((await caught(() => module.managed_async(managed, true))).name, "LookupError");
    assert.deepEqual(log, ["enter", "LookupError", "exit"]);
  });

  test("a generator that comes home is itself", () => {
    const { back } = load("def back(value): return value") as Py;
    const generator = watched().make();
    const asynchronous = watchedAsync().make();
    assert.equal(back(generator), generator);
    assert.equal(back(asynchronous), asynchronous);
  });

  test("what a thread leaves is closed on the JS thread", async () => {
    const module = load(readers);
    const one = watched();
    assert.deepEqual(python.toJs((await python.import("asyncio").to_thread(module.left, one.make, one.isClosed)) as Py), [1, true]);
    const two = watched();
    assert.deepEqual(python.toJs((await python.import("asyncio").to_thread(module.with_delegate, dialogue())) as Py), [
      "hello",
      "sent",
      "KeyError",
      "heard undefined",
    ]);
    assert.equal(await python.import("asyncio").to_thread(module.value_of, two.make()), "returned");
    const log: string[] = [];
    function* managed(argument: string): Generator<string, void, unknown> {
      try {
        yield argument;
      } finally {
        log.push("exit");
      }
    }
    await python.import("asyncio").to_thread(module.managed, managed, false);
    assert.deepEqual(log, ["exit"]);
  });
};
