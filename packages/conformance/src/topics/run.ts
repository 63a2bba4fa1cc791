/** run, runUntilComplete, runForever: loops that are driven until JS work settles, on Python threads and here. */
import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const code = `
  import asyncio, contextvars, sys, threading
  async def where():
      await asyncio.sleep(0.001)
      return [type(asyncio.get_running_loop()).__module__.split(".")[0], threading.current_thread() is threading.main_thread(), asyncio.get_running_loop()]
  async def forever(log, ended=None):
      try:
          await asyncio.sleep(3600)
      finally:
          await asyncio.sleep(0)
          log.append("finally")
          if ended is not None:
              ended.set()
  async def items(log):
      try:
          yield 1
      finally:
          log.append("generator")
  async def begin(log):
      ended = threading.Event()
      asyncio.ensure_future(forever(log, ended))
      global agen
      agen = items(log)
      await agen.__anext__()
      asyncio.get_running_loop().run_in_executor(None, lambda: log.append("executor" if ended.wait(60) else "too early"))
      await asyncio.sleep(0.001)
  async def stop():
      asyncio.get_running_loop().stop()
      await asyncio.sleep(3600)
  async def leave():
      sys.exit(7)
  async def call(f):
      return await f()
  new_list = list
`;

export const running: Topic = ({ api, test, load }) => {
  const { getCurrentLocals, getCurrentLoop, python, run, runForever, runUntilComplete, scope, shutdown, TaskLocals } = api;
  const interloop = python.import("interloop");

  test("run gives what the function returns, on a loop of its own that is the current one", async () => {
    const module = load(code);
    const before = getCurrentLoop();
    let inner: Py;
    const result = await run(async ({ locals, signal }) => {
      inner = getCurrentLoop();
      assert.equal(getCurrentLocals(), locals);
      assert.equal(signal.aborted, false);
      await later(null);
      assert.ok(python.is(getCurrentLoop(), inner));
      const [kind, main, loop] = python.toJs(await module.where()) as [string, boolean, Py];
      assert.deepEqual([kind, main], ["asyncio", false]);
      assert.ok(python.is(loop, inner));
      return "result";
    });
    assert.equal(result, "result");
    assert.equal(inner.is_closed(), true);
    assert.ok(python.is(getCurrentLoop(), before));
    assert.equal(before.is_closed(), false);
  });

  test("run again and again, and several at once", async () => {
    const module = load(code);
    for (let round = 0; round < 5; round++) assert.equal(await run(() => round), round);
    const names = await Promise.all(
      [1, 2, 3].map((number) =>
        run(async () => {
          const [, , loop] = python.toJs(await module.where()) as [string, boolean, Py];
          assert.ok(python.is(loop, getCurrentLoop()));
          return run(() => later(number * 10));
        }),
      ),
    );
    assert.deepEqual(names, [10, 20, 30]);
  });

  test("loops of other classes: by the name of a module, of a class, by handle, by a function", async () => {
    const module = load(`${code}
  class Mine(asyncio.SelectorEventLoop):
      pass
  def make():
      return Mine()
    `);
    const kinds: unknown[] = [];
    const see = async (): Promise<void> => void kinds.push(python.getItem(await module.where(), 0));
    for (const loop of ["asyncio", "asyncio.SelectorEventLoop", "asyncio:SelectorEventLoop", "uvloop", "uvloop.Loop"]) await run(see, { loop });
    for (const loop of [module.Mine, module.make]) await run(see, { loop });
    assert.deepEqual(kinds, ["asyncio", "asyncio", "asyncio", "uvloop", "uvloop", "case", "case"]);
  });

  test("a GuestLoop runs here, in the place of the default loop", async () => {
    const module = load(code);
    await shutdown();
    const before = getCurrentLoop();
    let inner: Py;
    const { GuestLoop } = interloop as Py;
    await run(
      async () => {
        inner = getCurrentLoop();
        const [kind, main, loop] = python.toJs(await module.where()) as [string, boolean, Py];
        assert.deepEqual([kind, main], ["interloop", true]);
        assert.ok(python.is(loop, inner));
      },
      { loop: GuestLoop },
    );
    assert.equal(inner.is_closed(), true);
    assert.ok(python.is(getCurrentLoop(), before));
    assert.equal(await module.call(async () => later("still runs")), "still runs");
  });

  test("a GuestLoop is refused while the default loop is busy", async () => {
    const module = load(code);
    const busy = module.call(async () => later(null, 5)).then(() => undefined);
    const error = await caught(() => run(() => 1, { loop: interloop.GuestLoop }));
    assert.equal(error.code, "loop-hosted");
    await busy;
  });

  for (const kind of ["asyncio", "uvloop", "interloop.GuestLoop"]) {
    test(`what is left is cancelled, generators and the executor are shut down: ${kind}`, async () => {
      await shutdown();
      const module = load(code);
      const log: Py = module.new_list();
      await run(() => module.begin(log), { loop: kind });
      assert.deepEqual((python.toJs(log) as string[]).toSorted(), ["executor", "finally", "generator"]);
    });
  }

  test("what the function throws is what run rejects with, and the loop is closed all the same", async () => {
    const mine = new Error("mine");
    let loop: Py;
    const failing = [
      () => {
        loop = getCurrentLoop();
        throw mine;
      },
      async () => {
        loop = getCurrentLoop();
        await later(null);
        throw mine;
      },
    ];
    for (const fn of failing) {
      assert.equal(await caught(() => run(fn)), mine);
      assert.equal(loop.is_closed(), true);
    }
    const module = load("async def fail(): raise KeyError('there')");
    assert.equal((await caught(() => run(() => module.fail()))).name, "KeyError");
  });

  test("a conversion that is in flight when the loop is closed ends, and so does what comes later", async () => {
    const module = load(code);
    const log: Py = module.new_list();
    const ways = ["asyncio", "uvloop"].flatMap((loop) => [() => null, () => later(null)].map((end) => ({ loop, end })));
    for (const { loop, end } of ways) {
      let flying: Promise<Py> | undefined;
      let locals: Py;
      await run(
        (context) => {
          ({ locals } = context);
          flying = caught(() => module.forever(log));
          return end();
        },
        { loop },
      );
      assert.equal((await flying!).name, "CancelledError");
      assert.equal((await caught(() => scope(locals, () => module.where()))).code, "loop-closed");
    }
  });

  test("Python stops the loop early: loop-stopped, and the signal aborts", async () => {
    const module = load(code);
    let reason: Py;
    const error = await caught(() =>
      run(({ signal }) => {
        signal.addEventListener("abort", () => (reason = signal.reason));
        module.stop().then(undefined, () => undefined);
        return new Promise(() => undefined);
      }),
    );
    assert.equal(error.code, "loop-stopped");
    assert.equal(reason, error);
  });

  test("sys.exit in a task ends the loop, and run tells it", async () => {
    const module = load(code);
    const error = await caught(() => run(() => module.leave()));
    assert.equal(error.name, "SystemExit");
    assert.equal(error.value.code, 7);
  });

  test("runUntilComplete leaves the loop open, and what is left there goes on later", async () => {
    const module = load(code);
    const loop: Py = python.import("asyncio").new_event_loop();
    try {
      const [, , first] = python.toJs(await runUntilComplete(loop, () => module.where())) as [string, boolean, Py];
      assert.ok(python.is(first, loop));
      assert.equal(loop.is_running(), false);
      assert.equal(loop.is_closed(), false);
      let late: Promise<unknown> | undefined;
      const asyncio = python.import("asyncio");
      await runUntilComplete(loop, () => {
        late = api.intoPromise(asyncio.sleep(0.03, "late"));
      });
      assert.equal(await runUntilComplete(loop, () => late), "late");
      // Python drives it by itself again.
      assert.equal(loop.run_until_complete(asyncio.sleep(0, "by Python")), "by Python");
    } finally {
      loop.close();
    }
  });

  test("runUntilComplete of the default loop runs where that runs", async () => {
    const module = load(code);
    const [kind, main] = python.toJs(await runUntilComplete(getCurrentLoop(), () => module.where())) as [string, boolean];
    assert.deepEqual([kind, main], ["interloop", true]);
    assert.equal(getCurrentLoop().is_closed(), false);
  });

  test("runForever until somebody stops the loop, and again", async () => {
    const module = load(code);
    const loop: Py = python.import("asyncio").new_event_loop();
    try {
      for (let round = 0; round < 3; round++) {
        const stopped = runForever(loop);
        const [, , there] = python.toJs(await scope(new TaskLocals(loop), () => module.where())) as [string, boolean, Py];
        assert.ok(python.is(there, loop));
        assert.equal((await caught(() => runForever(loop))).code, "loop-running");
        assert.equal((await caught(() => runUntilComplete(loop, () => 1))).code, "loop-running");
        loop.call_soon_threadsafe(loop.stop);
        await stopped;
      }
    } finally {
      loop.close();
    }
    assert.equal((await caught(() => runForever(loop))).code, "loop-closed");
  });

  test("bad input is refused", async () => {
    const module = load("def none(): return None\ndef fail(): raise KeyError('in the factory')\nnumber = [1]");
    const cases: [() => unknown, string, RegExp][] = [
      [() => run(1 as never), "bad-argument", /run takes a function, not the number 1/],
      [() => run(() => 1, { loop: 1 as never }), "bad-argument", /must be a name or the handle/],
      [() => run(() => 1, { loop: "no_such_module" }), "bad-argument", /No module named 'no_such_module'/],
      [() => run(() => 1, { loop: "asyncio.NoSuchLoop" }), "bad-argument", /NoSuchLoop/],
      [() => run(() => 1, { loop: "math" }), "bad-argument", /new_event_loop/],
      [() => run(() => 1, { loop: python.builtins.int as never }), "bad-argument", /made 0/],
      [() => run(() => 1, { loop: module.none }), "bad-argument", /made None/],
      [() => run(() => 1, { loop: module.number }), "bad-argument", /must be a class of loops/],
      [() => run(() => 1, { loop: getCurrentLoop() }), "bad-argument", /runUntilComplete/],
      [() => runUntilComplete(module.number, () => 1), "bad-argument", /must be an asyncio event loop/],
      [() => runUntilComplete({} as never, () => 1), "bad-argument", /must be the handle/],
      [() => runUntilComplete(getCurrentLoop(), 1 as never), "bad-argument", /takes a function/],
      [() => runForever(module.number), "bad-argument", /must be an asyncio event loop/],
      [() => runForever(getCurrentLoop()), "loop-hosted", /JavaScript runs it already/],
    ];
    for (const [attempt, wanted, message] of cases) {
      const error = await caught(attempt);
      assert.deepEqual([error.code, message.test(error.message as string)], [wanted, true], error.message as string);
    }
    assert.equal((await caught(() => run(() => 1, { loop: module.fail }))).name, "KeyError");
  });
};
