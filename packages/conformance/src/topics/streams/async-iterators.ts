/** `for await` over Python's async iterators that are no generators, and over whatever their `__anext__` answers with. */
import assert from "node:assert/strict";
import { caught, later, turn, type Py } from "../../py.ts";
import type { Topic } from "../../suite.ts";
import { collect, marks, range } from "./fixtures.ts";

const code = `
import asyncio, types

seen = []

class Base:
    def __init__(self, n, sleeps=False): self.i, self.n, self.sleeps = 0, n, sleeps
    def __aiter__(self): return self
    def take(self):
        if self.i == self.n: raise StopAsyncIteration
        self.i += 1
        seen.append(self.i)
        return self.i - 1

class Coroutine(Base):
    async def __anext__(self):
        if self.sleeps and self.i % 3 == 0: await asyncio.sleep(0)
        return self.take()

class Future(Base):
    def __anext__(self):
        future = asyncio.get_running_loop().create_future()
        item = self.take()
        asyncio.get_running_loop().call_soon(future.set_result, item) if self.sleeps else future.set_result(item)
        return future

class Awaited:
    def __init__(self, inner): self.inner = inner
    def __await__(self): return self.inner().__await__()

class Custom(Base):
    def __anext__(self):
        async def inner():
            if self.sleeps: await asyncio.sleep(0)
            return self.take()
        return Awaited(inner)

class Legacy(Base):
    @types.coroutine
    def __anext__(self):
        if self.sleeps: yield from asyncio.sleep(0).__await__()
        return self.take()

class Steps:
    """An awaitable without send, throw and close."""
    def __init__(self, future, then): self.future, self.then, self.begun = future, then, False
    def __await__(self): return self
    def __iter__(self): return self
    def __next__(self):
        if not self.begun and self.future is not None:
            self.begun = self.future._asyncio_future_blocking = True
            return self.future
        raise StopIteration(self.then())

class Bare(Base):
    def __anext__(self):
        future = None
        if self.sleeps:
            loop = asyncio.get_running_loop()
            future = loop.create_future()
            loop.call_soon(lambda: future.done() or future.set_result(None))
        return Steps(future, self.take)

kinds = [Coroutine, Future, Custom, Legacy, Bare]

class Failing(Base):
    async def __anext__(self):
        if self.i == 2: raise ValueError("at 2")
        return self.take()

class NotAwaitable(Base):
    def __anext__(self): return 5

class Waiting(Base):
    closed = cancelled = 0
    async def __anext__(self):
        if self.i < 2: return self.take()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
    async def aclose(self):
        await asyncio.sleep(0)
        self.closed += 1

async def with_python(kind, *args): return [item async for item in kind(*args)]
`;

export const asyncIterators: Topic = ({ api, test, load }) => {
  const { intoAsyncIterable, python } = api;

  test("items of every kind of async iterator arrive as Python's async for has them", async () => {
    const module = load(code);
    for (const kind of module.kinds as Iterable<Py>) {
      for (const sleeps of [false, true]) {
        assert.deepEqual(python.toJs(await module.with_python(kind, 20, sleeps)), range(20), python.repr(kind));
        for (const highWaterMark of marks) {
          assert.deepEqual(await collect(intoAsyncIterable(kind(20, sleeps), { highWaterMark })), range(20), `${python.repr(kind)} ${highWaterMark}`);
        }
        const items: unknown[] = [];
        for await (const item of kind(20, sleeps)) items.push(item);
        assert.deepEqual(items, range(20), python.repr(kind));
      }
    }
  });

  test("a handle is read strictly on demand, and an item that was not asked for is not taken", async () => {
    const module = load(code);
    for (const kind of module.kinds as Iterable<Py>) {
      const source = kind(20);
      for await (const item of source) {
        await turn();
        assert.equal(source.i, item + 1);
        if (item === 2) break;
      }
      assert.equal(source.i, 3, python.repr(kind));
    }
    // What is left in a queue is there for whoever comes next.
    const { drain, queue } = load(`
      import asyncio
      queue = asyncio.Queue()
      for item in range(5): queue.put_nowait(item)
      async def drain():
          while True: yield await queue.get()
    `);
    for await (const item of drain()) if (item === 1) break;
    assert.equal(queue.qsize(), 3);
  });

  test("what an async iterator raises arrives after its items, and what cannot be awaited is a TypeError", async () => {
    const module = load(code);
    for (const make of [() => module.Failing(5), () => intoAsyncIterable(module.Failing(5))]) {
      const items: unknown[] = [];
      const error = await caught(async () => {
        for await (const item of make() as AsyncIterable<unknown>) items.push(item);
      });
      assert.deepEqual([items, error.name, error.message], [[0, 1], "ValueError", "at 2"]);
    }
    const error = await caught(async () => collect(module.NotAwaitable(3)));
    assert.equal(error.name, "TypeError");
  });

  test("leaving an async iterator cancels what it awaits and closes it before the loop is left", async () => {
    const module = load(code);
    const source = module.Waiting(9);
    const iterator = source[Symbol.asyncIterator]();
    assert.deepEqual([await iterator.next(), await iterator.next()].map((step) => step.value), [0, 1]); // prettier-ignore
    const waiting = iterator.next();
    await later(null, 5);
    assert.deepEqual(await iterator.return("left"), { done: true, value: "left" });
    assert.deepEqual([await waiting, source.cancelled, source.closed], [{ done: true, value: undefined }, 1, 1]);
    const other = module.Waiting(9);
    for await (const item of other) if (item === 1) break;
    assert.deepEqual([other.cancelled, other.closed], [0, 1]);
    // Without throw() of its own, what is awaited is left where it is.
    const bare = module.Bare(5, true)[Symbol.asyncIterator]();
    await bare.next();
    const stuck = bare.next();
    assert.deepEqual(await bare.return(), { done: true, value: undefined });
    await stuck;
  });
};
