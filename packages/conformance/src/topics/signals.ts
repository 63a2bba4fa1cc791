/** The AbortSignal of a JS function that Python calls: whose it is, where it is found, and its reason. */
import assert from "node:assert/strict";
import { caught, later, turn } from "../py.ts";
import type { Topic } from "../suite.ts";

const finishing = `
  import asyncio
  async def finish(f):
      await f()
  async def cancel(f):
      task = asyncio.ensure_future(finish(f))
      await asyncio.sleep(0)
      task.cancel()
      await asyncio.wait([task])
`;

export const signals: Topic = ({ api, test, load, settle }) => {
  const { getCurrentSignal, promiseIntoPy, scope } = api;

  // The first call of getCurrentSignal in this program: what a later one finds must not depend on that.
  test("the signal is the same after an await, in functions below, and differs from call to call", async () => {
    const module = load(`
      import asyncio
      async def both(f):
          return await asyncio.gather(f(), f())
      async def one(f):
          return await f()
    `);
    const below = async (): Promise<AbortSignal> => {
      await turn();
      return getCurrentSignal();
    };
    const f = async (): Promise<AbortSignal> => {
      const mine = getCurrentSignal();
      assert.equal(getCurrentSignal(), mine);
      await Promise.resolve();
      assert.equal(getCurrentSignal(), mine);
      assert.equal(await below(), mine);
      await later(null);
      assert.equal(getCurrentSignal(), mine);
      assert.equal(await scope(api.getCurrentLocals(), below), mine);
      return mine;
    };
    const alone = await module.one(f);
    const [first, second] = [...(await module.both(f))] as AbortSignal[];
    assert.ok(alone instanceof AbortSignal && first instanceof AbortSignal);
    assert.notEqual(first, second);
    assert.notEqual(first, alone);
    assert.equal(await module.one(below).then((signal: AbortSignal) => signal === alone), false);
  });

  test("outside of any call the signal never aborts", async () => {
    assert.equal(getCurrentSignal().aborted, false);
    await later(null);
    assert.equal(getCurrentSignal().aborted, false);
  });

  test("what goes on after the end of its call finds the same signal, or one in the same state", async () => {
    const module = load(finishing);
    const stateAfter = async (how: "finish" | "cancel", hold: boolean): Promise<[boolean, boolean, string | undefined]> => {
      const end = Promise.withResolvers<void>();
      const over = Promise.withResolvers<void>();
      let found: Promise<AbortSignal> | undefined;
      let held: AbortSignal | undefined;
      await module[how](() => {
        getCurrentSignal().addEventListener("abort", () => undefined);
        if (hold) held = getCurrentSignal();
        found = over.promise.then(() => getCurrentSignal());
        if (how === "finish") end.resolve();
        return end.promise;
      });
      end.resolve();
      await settle();
      over.resolve();
      const signal = await found!;
      return [signal.aborted, !hold || signal === held, (signal.reason as Error | undefined)?.name];
    };
    for (const hold of [true, false]) {
      assert.deepEqual(await stateAfter("finish", hold), [false, true, undefined]);
      assert.deepEqual(await stateAfter("cancel", hold), [true, true, "AbortError"]);
    }
  });

  test("a function that promiseIntoPy runs has one and the same signal", async () => {
    let same = false;
    const future = promiseIntoPy(async ({ signal }) => {
      await Promise.resolve();
      same = getCurrentSignal() === signal;
    });
    await future;
    assert.equal(same, true);
  });

  test("the reason's cause has the arguments that Python gave, and is one error however often it is read", async () => {
    const module = load(`
      import asyncio
      class Why:
          def __str__(self): return "in words"
      why = Why()
      async def main(f, *message):
          task = asyncio.ensure_future(f())
          await asyncio.sleep(0)
          task.cancel(*message)
          await asyncio.wait([task])
      def is_it(error, *args):
          return type(error) is asyncio.CancelledError and error.args == args and error.__traceback__ is None
    `);
    for (const [given, message] of [
      [["enough"], "enough"],
      [[], "Python cancelled the task that waited for this"],
      [[""], "Python cancelled the task that waited for this"],
      [[module.why], "in words"],
    ] as const) {
      let signal: AbortSignal | undefined;
      const forever = (): Promise<never> => {
        signal = getCurrentSignal();
        return new Promise(() => undefined);
      };
      await module.main(forever, ...given);
      const reason = signal!.reason as Error;
      assert.deepEqual([reason.name, reason.message], ["AbortError", message]);
      assert.ok(api.isPyError(reason.cause));
      assert.equal(module.is_it(reason.cause.value, ...given), true);
      assert.equal(reason.cause, reason.cause);
      assert.match(String(reason.stack ?? reason), /^AbortError: /);
    }
  });

  test("a JS function that throws at once leaves no signal behind", async () => {
    const module = load("async def main(f): return await f()");
    const fail = (): never => {
      getCurrentSignal();
      throw new Error("at once");
    };
    assert.equal((await caught(() => module.main(fail))).message, "at once");
    assert.equal(getCurrentSignal().aborted, false);
    await settle();
  });
};
