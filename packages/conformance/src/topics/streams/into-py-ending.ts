/** How streams from JS to Python end: who cleans up and when, errors, cancellation. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { caught, later, turn, until, type Py } from "../../py.ts";
import type { Topic } from "../../suite.ts";
import { consumers, jsNumbers, marks, range } from "./fixtures.ts";

export const intoPyEnding: Topic = (suite) => {
  const { api, test, load } = suite;
  const { asyncIterableIntoPy, python } = api;

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

  test("an item that cannot cross is an error in Python, and closes the source", async () => {
    const module = load(consumers);
    for (const highWaterMark of [1, 16]) {
      let closed = 0;
      const gone = python.eval("object()");
      gone[Symbol.dispose]();
      async function* source(): AsyncGenerator<unknown> {
        try {
          for (let item = 0; ; item++) {
            if (item % 7 === 6) await later(null, 1);
            yield item === 20 ? gone : item;
          }
        } finally {
          closed++;
        }
      }
      const error = await caught(() => module.collect(asyncIterableIntoPy(source(), { highWaterMark })));
      assert.equal(error.code, "handle-disposed");
      assert.equal(closed, 1);
    }
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
};
