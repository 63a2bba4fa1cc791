/** Whoever leaves a stream while its source waits for something: the wait is cancelled, `finally` runs once, and nobody waits for what would have come. Node's and the web's streams, and HTTP. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { caught, until, type Py } from "../../py.ts";
import type { Topic } from "../../suite.ts";

const source = `
  import asyncio
  log = []
  waiting = False
  async def tokens():
      """Two items, and then none for ever."""
      global waiting
      try:
          yield "1"
          yield "2"
          waiting = True
          await asyncio.Event().wait()
      finally:
          await asyncio.sleep(0)
          waiting = False
          log.append("finally")
  async def stubborn():
      """It gives one more item when it is cancelled."""
      global waiting
      try:
          yield "1"
          waiting = True
          try:
              await asyncio.Event().wait()
          except asyncio.CancelledError:
              log.append("swallowed")
          yield "2"
      except LookupError:
          log.append("told")
          yield "3"
      finally:
          log.append("finally")
  async def failing():
      global waiting
      try:
          yield "1"
          waiting = True
          await asyncio.Event().wait()
      finally:
          raise LookupError("cannot close")
  def waits():
      return waiting
  def logged():
      return ",".join(log)
`;

type Make = (generator: Py) => AsyncGenerator<string>;

export const leavingStreams: Topic = ({ api, load, test }) => {
  const { intoAsyncIterable } = api;
  const streamed = (highWaterMark?: number): Make => {
    return (generator) => intoAsyncIterable<string>(generator, highWaterMark === undefined ? {} : { highWaterMark }) as AsyncGenerator<string>;
  };
  const ways: Record<string, Make> = {
    "a handle": (generator) => generator[Symbol.asyncIterator](),
    intoAsyncIterable: streamed(),
    "intoAsyncIterable, on demand": streamed(1),
    "intoAsyncIterable, far ahead": streamed(64),
  };

  for (const [way, make] of Object.entries(ways)) {
    test(`${way}: return() and throw() cancel what the source waits for`, async () => {
      for (const leave of ["return", "throw"] as const) {
        const module = load(source);
        const steps = make(module.tokens());
        assert.deepEqual([(await steps.next()).value, (await steps.next()).value], ["1", "2"]);
        const pending = [steps.next(), steps.next()];
        await until(() => module.waits());
        const mine = new RangeError("mine");
        if (leave === "return") assert.deepEqual(await steps.return("value"), { done: true, value: "value" });
        else assert.equal(await caught(() => steps.throw(mine)), mine);
        assert.equal(module.logged(), "finally");
        assert.deepEqual(await Promise.all(pending), [
          { done: true, value: undefined },
          { done: true, value: undefined },
        ]);
        assert.deepEqual(await steps.next(), { done: true, value: undefined });
        assert.equal(await caught(() => steps.throw(mine)), mine);
      }
    });

    test(`${way}: throw() reaches a source that goes on although it was cancelled`, async () => {
      const module = load(source);
      const steps = make(module.stubborn());
      assert.equal((await steps.next()).value, "1");
      const pending = steps.next();
      await until(() => module.waits());
      const thrown = steps.throw(api.python.call(api.python.builtins.LookupError, "told") as Py);
      assert.deepEqual(
        [await pending, await thrown],
        [
          { done: false, value: "2" },
          { done: false, value: "3" },
        ],
      );
      assert.deepEqual(await steps.return(undefined), { done: true, value: undefined });
      assert.equal(module.logged(), "swallowed,told,finally");
    });

    test(`${way}: what a source raises while it is left is told`, async () => {
      for (const leave of ["return", "throw"] as const) {
        const module = load(source);
        const steps = make(module.failing());
        await steps.next();
        const pending = steps.next();
        await until(() => module.waits());
        const error = await caught(() => (leave === "return" ? steps.return(undefined) : steps.throw(new Error("mine"))));
        assert.equal(error.name, "LookupError");
        assert.equal((await pending).done, true);
      }
    });

    test(`${way}: return() after throw() waits, and does not disturb what the source does at its end`, async () => {
      const module = load(source);
      const steps = make(module.tokens());
      await steps.next();
      await steps.next();
      void steps.next();
      await until(() => module.waits());
      const mine = new Error("mine");
      const outcomes = await Promise.allSettled([steps.throw(mine), steps.throw(mine), steps.return(undefined)]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["rejected", "rejected", "fulfilled"],
      );
      assert.equal(module.logged(), "finally");
    });

    test(`${way}: a stream of Node's that is destroyed, with an error and without`, async () => {
      for (const how of [undefined, new Error("the client left")]) {
        const module = load(source);
        const stream = Readable.from(make(module.tokens()));
        const errors: unknown[] = [];
        stream.on("error", (error) => errors.push(error));
        const closed = new Promise<void>((resolve) => stream.on("close", () => resolve()));
        stream.resume();
        await until(() => module.waits());
        stream.destroy(how);
        await closed;
        assert.deepEqual([module.logged(), errors], ["finally", how === undefined ? [] : [how]]);
      }
    });

    test(`${way}: a pipeline that is aborted`, async () => {
      const module = load(source);
      const controller = new AbortController();
      const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
      const piped = caught(() => pipeline(Readable.from(make(module.tokens())), sink, { signal: controller.signal }));
      await until(() => module.waits());
      controller.abort();
      assert.equal((await piped).name, "AbortError");
      await until(() => module.logged() === "finally");
    });

    test(`${way}: a web stream that is cancelled while it waits`, async () => {
      const module = load(source);
      const steps = make(module.tokens());
      const stream = new ReadableStream<string>({
        async pull(controller) {
          const step = await steps.next();
          if (step.done === true) controller.close();
          else controller.enqueue(step.value);
        },
        async cancel(reason) {
          await steps.return(reason);
        },
      });
      const reader = stream.getReader();
      assert.deepEqual([(await reader.read()).value, (await reader.read()).value], ["1", "2"]);
      await until(() => module.waits());
      const pending = reader.read();
      await reader.cancel(new Error("enough"));
      assert.equal((await pending).done, true);
      assert.equal(module.logged(), "finally");
    });

    test(
      `${way}: an HTTP client that goes away`,
      async () => {
        const module = load(source);
        const server = createServer((_request, response) => {
          pipeline(Readable.from(make(module.tokens())), response).catch(() => undefined);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const controller = new AbortController();
        const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { signal: controller.signal });
        await response.body!.getReader().read();
        await until(() => module.waits());
        controller.abort();
        await until(() => module.logged() === "finally");
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
      { leaves: "a connection of fetch" },
    );
  }
};
