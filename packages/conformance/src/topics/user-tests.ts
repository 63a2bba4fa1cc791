import assert from "node:assert/strict";
import type * as nodeTesting from "@interloop/node/testing";
import { has } from "../capabilities.ts";
import { childRunner, type Ended } from "../child.ts";
import { caught, turn, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

/** The test harness that programs use: each test in a loop and a context of its own, and nothing left behind. */
export const userTests: Topic = ({ api, capabilities, test, load }) => {
  const { getCurrentLocals, getCurrentLoop, isPyError, python, spawn } = api;
  const url = capabilities.testing;
  const testing = async (): Promise<typeof nodeTesting> => (await import(url)) as typeof nodeTesting;

  const code = `
    import asyncio, contextvars, socket, threading, time
    variable = contextvars.ContextVar("variable", default="unset")
    async def forever(): await asyncio.sleep(3600)
    async def set_and_wait(value):
        before = variable.get()
        variable.set(value)
        await asyncio.sleep(0.001)
        return before
    def is_current(loop): return asyncio.get_event_loop_policy().get_event_loop() is loop
    def running(loop): return loop.is_running()
    async def get_running(): return asyncio.get_running_loop()
    cleaned = []
    async def cleans_up():
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned.append("up")
    def start_thread(seconds):
        thread = threading.Thread(target=time.sleep, args=(seconds,), daemon=True, name="left over")
        thread.start()
        return thread
    def leak_in_debug_mode(loop):
        loop.set_debug(True)
        loop.create_task(forever())
    pair = []
    def watch(loop):
        pair.extend(socket.socketpair())
        loop.add_reader(pair[0], print)
    def close():
        for end in pair: end.close()
        pair.clear()
  `;

  test("each test has a loop of its own, which is the current one, and a context of its own", async () => {
    const { Test, testHarness } = await testing();
    const module = load(code);
    const loops: Py[] = [];
    getCurrentLoop();
    const body = async ({ loop, locals }: nodeTesting.TestContext): Promise<void> => {
      await turn();
      assert.equal(python.is(getCurrentLoop(), loop), true);
      assert.equal(python.is(getCurrentLocals().eventLoop, locals.eventLoop), true);
      assert.equal(python.is(await module.get_running(), loop), true);
      assert.equal(await module.set_and_wait("seen by nobody else"), "unset");
      loops.push(loop);
    };
    const report = await testHarness([Test.async("one", body), Test.async("two", body)], { quiet: true });
    assert.deepEqual([report.passed, report.failed, report.results.map(({ error }) => error)], [2, 0, [undefined, undefined]]);
    assert.equal(python.is(loops[0], loops[1]), false);
    assert.deepEqual([loops[0].is_closed(), python.is(getCurrentLoop(), loops[1])], [true, false]);
  });

  test("what a test throws is its error, the very same; a synchronous test may not wait", async () => {
    const { Test, testHarness } = await testing();
    const boom = new Error("boom");
    const tests = [
      Test.sync("throws", () => {
        throw boom;
      }),
      Test.async("raises", async () => void (await python.eval("__import__('json').loads")("{"))),
      Test.sync("waits", async () => {}),
      Test.sync("passes", () => "a value"),
    ];
    const { results, passed, failed } = await testHarness(tests, { quiet: true });
    assert.deepEqual([passed, failed], [1, 3]);
    assert.equal(results[0]?.error, boom);
    assert.ok(isPyError(results[1]?.error));
    const [, , waits]: Py = results;
    assert.equal(waits.error.code, "bad-argument");
  });

  let stop = new AbortController();
  const leaks: Readonly<Record<string, (module: Py, loop: Py) => unknown>> = {
    "task 'mine': <coroutine object forever": (module, loop) => loop.create_task(module.forever()).set_name("mine"),
    "timer <TimerHandle": (_, loop) => loop.call_later(100, python.eval("print")),
    "descriptor ": (module, loop) => module.watch(loop),
    "thread 'left over'": (module) => module.start_thread(0.3),
    'left over"), made\n': () =>
      void spawn(({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)), { name: "left over", signal: stop.signal }),
  };

  for (const [text, leak] of Object.entries(leaks)) {
    test(
      `a test that leaves something behind fails: ${text.trim()}`,
      async () => {
        const { Test, testHarness } = await testing();
        const module = load(code);
        const { results } = await testHarness([Test.async("leaks", ({ loop }) => void leak(module, loop)), Test.sync("after", () => {})], { quiet: true });
        assert.deepEqual(
          results.map(({ ok }) => ok),
          [false, true],
        );
        const [{ error }]: Py = results;
        assert.equal(error.code, "test-leak");
        assert.ok(error.message.includes(text), error.message);
        module.close();
        stop.abort();
        stop = new AbortController();
      },
      { leaves: "what the test is about" },
    );
  }

  test("in asyncio's debug mode a task is told with where it was made", async () => {
    const { Test, testHarness } = await testing();
    const module = load(code);
    const { results } = await testHarness([Test.async("leaks", ({ loop }) => module.leak_in_debug_mode(loop))], { quiet: true });
    const [{ error }]: Py = results;
    assert.match(error.message, /made at:/);
  });

  test("a test that never ends fails in time: its signal aborts, and what it awaits is cancelled", async () => {
    const { Test, testHarness } = await testing();
    const module = load(code);
    let reason: Py;
    const tests = [
      Test.async("never ends", ({ signal }) => new Promise(() => signal.addEventListener("abort", () => (reason = signal.reason))), { timeout: 20 }),
      Test.async("waits for ever", async () => void (await module.cleans_up().then(null, () => null))),
      Test.async("after", async () => void (await module.set_and_wait(1))),
    ];
    const { results } = await testHarness(tests, { quiet: true, timeout: 30 });
    assert.deepEqual(
      results.map(({ ok, error }) => [ok, (error as Py)?.code]),
      [
        [false, "test-timeout"],
        [false, "test-timeout"],
        [true, undefined],
      ],
    );
    assert.equal(reason.code, "test-timeout");
    assert.deepEqual(python.toJs(module.cleaned), ["up"]);
  });

  test("several at once, each on a loop of its own", async () => {
    const { Test, testHarness } = await testing();
    const module = load(code);
    let at = 0;
    let most = 0;
    const body = async (): Promise<void> => {
      most = Math.max(most, ++at);
      assert.equal(await module.set_and_wait(1), "unset");
      at--;
    };
    const names = ["a", "b", "c", "d", "e"];
    const report = await testHarness(
      names.map((name) => Test.async(name, body)),
      { quiet: true, concurrency: 3 },
    );
    assert.deepEqual([report.passed, most], [5, 3], String(report.results.find(({ ok }) => !ok)?.error));
  });

  test("withLoop makes a test for any runner", async () => {
    const { withLoop } = await testing();
    const module = load(code);
    const body = withLoop(async ({ loop }) => assert.equal(python.is(await module.get_running(), loop), true));
    assert.equal(body.length, 0);
    await body();
    const boom = new Error("boom");
    assert.equal(await caught(withLoop(() => Promise.reject(boom))), boom);
    assert.equal((await caught(() => withLoop(1 as Py))).code, "bad-argument");
  });

  test("what is no test, or no argument, is refused", async () => {
    const { parseArgs, Test, testHarness, test: register } = await testing();
    for (const wrong of ["", " ", "two\nlines", 1]) assert.equal((await caught(() => Test.sync(wrong as Py, () => {}))).code, "bad-argument");
    assert.equal((await caught(() => Test.async("name", 1 as Py))).code, "bad-argument");
    assert.equal((await caught(() => Test.async("name", () => {}, { timeout: -1 }))).code, "bad-argument");
    const twin = Test.sync("twin", () => {});
    assert.equal((await caught(() => testHarness([twin, twin], { quiet: true }))).code, "test-twice");
    assert.equal((await caught(() => testHarness([{} as Py], { quiet: true }))).code, "bad-argument");
    assert.equal((await caught(() => register("", () => {}))).code, "bad-argument");
    for (const wrong of [["--what"], ["-x"], ["--timeout"], ["--timeout", "soon"], ["--concurrency", "0"], ["--reporter", "xml"]]) {
      assert.equal((await caught(() => parseArgs(wrong))).code, "bad-argument");
    }
    assert.deepEqual(parseArgs(["a", "--exact", "--list", "-q", "--reporter=tap", "--concurrency", "2", "--timeout=0", "b"]), {
      filter: ["a", "b"],
      exact: true,
      list: true,
      quiet: true,
      reporter: "tap",
      concurrency: 2,
      timeout: 0,
    });
  });

  const { child } = capabilities;
  if (!has(child)) return;
  const run = (args: readonly string[], extra = ""): Promise<Ended> =>
    childRunner(capabilities)(`
      const { main, test } = await import(${JSON.stringify(url)});
      test("sleeps", async () => { await api.python.import("asyncio").sleep(0.001); });
      test("fails #1", () => { throw new RangeError("on purpose"); });
      ${extra}
      await main(${JSON.stringify(args)});
    `);

  test("main: a report that people read, filters, and the exit status", async () => {
    const passed = await run(["sleeps"]);
    assert.deepEqual([passed.status, passed.stderr], [0, ""]);
    assert.match(passed.stdout, /^running 1 test\ntest sleeps \.\.\. ok \(\d+ ms\)\n\ntest result: ok\. 1 passed; 0 failed; 1 filtered out\n$/);
    const failed = await run([]);
    assert.equal(failed.status, 1);
    assert.match(
      failed.stdout,
      /test fails #1 \.\.\. FAILED[^]*---- fails #1 ----\n.*RangeError: on purpose[^]*test result: FAILED\. 1 passed; 1 failed; 0 filtered out\n$/,
    );
    assert.deepEqual({ ...(await run(["--list"])) }, { status: 0, signal: null, stdout: "sleeps\nfails #1\n", stderr: "" });
    assert.deepEqual({ ...(await run(["--list", "--exact", "fails"])) }, { status: 0, signal: null, stdout: "", stderr: "" });
  });

  test("main: TAP, wrong arguments, two tests of one name, and a test that never ends", async () => {
    const tap = await run(["--reporter", "tap"]);
    assert.equal(tap.status, 1);
    assert.match(
      tap.stdout,
      /^TAP version 14\n1\.\.2\nok 1 - sleeps\n {2}---\n {2}duration_ms: [\d.]+\n {2}\.\.\.\nnot ok 2 - fails \\#1\n[^]*message: "on purpose"\n[^]*# pass 1\n# fail 1\n$/,
    );
    const wrong = await run(["--wrong"]);
    assert.deepEqual([wrong.status, wrong.stdout], [2, ""]);
    assert.match(wrong.stderr, /^Unknown argument "--wrong"\n\nArguments:/);
    const twins = await run([], 'try { test("sleeps", () => {}); } catch (error) { console.log(error.code); process.exit(); }');
    assert.deepEqual([twins.status, twins.stdout], [0, "test-twice\n"]);
    const endless = await run(["--timeout", "50", "endless"], 'test("endless", () => new Promise(() => setInterval(() => {}, 1000)));');
    assert.equal(endless.status, 1);
    assert.match(endless.stdout, /The test had not ended after 50 ms/);
  });
};
