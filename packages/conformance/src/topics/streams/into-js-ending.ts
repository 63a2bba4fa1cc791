/** How streams from Python to JS end: who cleans up and when, errors, cancellation. */
import assert from "node:assert/strict";
import { assertQuiet, childRunner } from "../../child.ts";
import { caught, turn, until, type Py } from "../../py.ts";
import type { Topic } from "../../suite.ts";
import { collect, marks, range, sources } from "./fixtures.ts";

export const intoJsEnding: Topic = ({ api, test, load, capabilities, settle }) => {
  const { getCurrentLoop, intoAsyncIterable, python } = api;

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
    await until(() => module.waits);
    await iterator.return!();
    assert.equal(module.text(), "swallowed");
  });

  test("return while next waits ends both", async () => {
    const module = load(sources);
    const iterator = intoAsyncIterable<number>(module.forever(), { highWaterMark: 1 });
    await iterator.next();
    const waiting = iterator.next();
    await until(() => module.waits);
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

  test(
    "an iterator that nobody holds closes its source",
    async () => {
      const module = load(sources);
      await (async () => {
        await intoAsyncIterable(module.numbers(100)).next();
      })();
      // A collection, and the turns that finalizers and the source's cleanup take, until it is done; the deadline is only for what never ends.
      while (module.text() !== "begin,finally,closed") await settle();
    },
    { needs: "collectGarbage", timeout: 120_000 },
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
};
