/** A wait that cannot end is refused; one that can is none of our business. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

export const refusedWaits: Topic = ({ api, test, load }) => {
  const { promiseIntoPy, python } = api;

  const code = `
    import asyncio, threading
    async def sleeps():
        await asyncio.sleep(0.001)
        return "done"
    def run():
        return asyncio.run(sleeps())
    async def waits(f):
        return await f()
    def run_js(f):
        return asyncio.run(waits(f))
    def run_caught(f):
        async def main():
            try:
                await f()
            except BaseException as error:
                return [type(error).__name__, getattr(error, "code", None), str(error)]
        return asyncio.run(main())
    def drive(loop, f):
        return loop.run_until_complete(waits(f))
    async def wait_future(future):
        return await future
    def run_future(future):
        return asyncio.run(wait_future(future))
    def run_task(f):
        async def main():
            return await asyncio.create_task(waits(f))
        return asyncio.run(main())
    def run_gather(f):
        async def main():
            return await asyncio.gather(f(), f())
        return asyncio.run(main())
    def own_loop():
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(sleeps())
        finally:
            loop.close()
  `;

  test("asyncio.run on the JS thread works when it waits for nothing of JS", () => {
    const module = load(code);
    assert.equal(module.run(), "done");
    assert.equal(module.own_loop(), "done");
  });

  test("asyncio.run may call synchronous JS functions", () => {
    const module = load(`
      import asyncio
      def run(f):
          async def main():
              await asyncio.sleep(0)
              return f(2)
          return asyncio.run(main())
    `);
    assert.equal(
      module.run((n: number) => n * 2),
      4,
    );
  });

  test("asyncio.run that would wait for a promise of this thread is refused with the reason", async () => {
    const module = load(code);
    const pending = (): Promise<unknown> => later("never in time");
    for (const run of [module.run_js, module.run_task, module.run_gather] as Py[]) {
      const error = await caught(() => run(pending));
      assert.equal(error.code ?? error.value?.code, "would-deadlock", String(error));
      assert.ok(error.message.length > 20);
    }
    const [type, errorCode, message] = [...module.run_caught(pending)];
    assert.equal(type, "InterloopError");
    assert.equal(errorCode, "would-deadlock");
    assert.ok(message.length > 20);
    await later(null, 3);
  });

  test("an async JS function that has nothing to wait for is refused as well: promises settle later", async () => {
    const module = load(code);
    const error = await caught(() => module.run_js(async () => 1));
    assert.equal(error.code ?? error.value?.code, "would-deadlock", String(error));
  });

  test("driving the guest loop itself from a call works, and is refused when it waits for JS", async () => {
    const module = load(code);
    const loop = api.getCurrentLoop();
    const drive = load(`
      import asyncio
      def drive(loop):
          return loop.run_until_complete(asyncio.sleep(0.001, "driven"))
    `);
    assert.equal(drive.drive(loop), "driven");
    const error = await caught(() => module.drive(loop, () => later(1)));
    assert.equal(error.code ?? error.value?.code, "would-deadlock", String(error));
    assert.equal(await load("import asyncio\nasync def main(): return await asyncio.sleep(0.001, 'again')").main(), "again");
    await later(null, 3);
  });

  test("a future of the guest loop cannot be awaited by another loop", async () => {
    const module = load(code);
    const future = promiseIntoPy(later(1));
    const error = await caught(() => module.run_future(future));
    assert.ok(error instanceof Error);
    await later(null, 3);
  });

  test("asyncio.run inside a running Task is Python's own error", async () => {
    const module = load(`
      import asyncio
      async def main(js):
          return js()
      def run():
          coroutine = asyncio.sleep(0)
          try:
              asyncio.run(coroutine)
          finally:
              coroutine.close()
    `);
    const error = await caught(() => module.main(() => module.run()));
    assert.equal(error.name, "RuntimeError");
    assert.match(error.message, /cannot be called from a running event loop/);
  });

  test("after a refusal everything goes on", async () => {
    const module = load(code);
    await caught(() => module.run_js(() => later(1)));
    assert.equal(module.run(), "done");
    assert.equal(await module.sleeps(), "done");
    assert.equal(await module.waits(() => later("js")), "js");
    assert.deepEqual(python.toJs(python.eval("[1]") as Py), [1]);
  });
};
