/** Test programs whose tests run on the main thread. */
import assert from "node:assert/strict";
import type { Capabilities } from "../capabilities.ts";
import { fileRunner, type Ended } from "../child.ts";

const python = `
import asyncio, os, signal, sys, threading
seen = []
async def loop_class():
    return type(asyncio.get_running_loop()).__module__.split(".")[0], threading.current_thread() is threading.main_thread()
async def is_new():
    seen.append(asyncio.get_running_loop())
    return seen.count(seen[-1]) == 1
async def told_by(name):
    number = getattr(signal, name)
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(number, told.set)
    os.kill(os.getpid(), number)
    await told.wait()
async def interrupted():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        while True:
            pass
    except KeyboardInterrupt:
        return True
async def keep_handler(name):
    signal.signal(getattr(signal, name), lambda number, frame: None)
async def forever(word=""):
    if word:
        print(word, flush=True)
    await asyncio.sleep(3600)
async def leave(status):
    sys.exit(status)
def leave_task(loop):
    loop.call_soon_threadsafe(lambda: setattr(sys.modules[__name__], "task", loop.create_task(forever())))
`;

const tests = `
const same = (value: unknown, wanted: unknown): void => { if (value !== wanted) throw new Error(String(value) + " is not " + String(wanted)); };
test("runs on the main thread", async () => { const [name, isMain] = api.python.toJs(await m.loop_class()) as any; same(isMain, true); same(name, process.env["LOOP"] ?? "asyncio"); });
test("each has a loop of its own", async () => same(await m.is_new(), true));
test("and so has the next", async () => same(await m.is_new(), true));
test("add_signal_handler", async () => { await m.told_by("SIGTERM"); await m.told_by("SIGINT"); });
test("KeyboardInterrupt", async () => same(await m.interrupted(), true));
test("its loop is the current one", ({ loop }: any) => same(api.python.is(api.getCurrentLoop(), loop), true));
`;

const failing = `
test("keeps a handler", async () => { await m.keep_handler("SIGUSR1"); });
test("which the next does not see", async () => same(/function/.test(String(api.python.import("signal").getsignal(10))), false));
test("keeps a task", async ({ loop }: any) => { m.leave_task(loop); await api.python.import("asyncio").sleep(0.01); });
test("never ends", () => m.forever(), { timeout: 50 });
test("sys.exit", () => m.leave(3));
test("throws", () => { throw new RangeError("on purpose"); });
test("passes", () => m.told_by("SIGTERM"));
`;

export function userTests(capabilities: Capabilities): void {
  const { harness } = capabilities;
  const url = JSON.stringify(capabilities.testing);
  const runFile = fileRunner(capabilities);

  const run = (body: string, args: readonly string[] = [], { options = "{}", ...child }: { options?: string } & Parameters<typeof runFile>[2] = {}) =>
    runFile(
      `import * as testing from ${url};
      const { test } = testing;
      const m: any = api.python.fromCode(${JSON.stringify(python)}, "tests.py", "tests");
      ${body}
      api.main(import.meta, () => testing.main(), ${options});`,
      args,
      child,
    );
  const lines = ({ stdout }: Ended): string[] => stdout.split("\n").flatMap((line) => /^test (.*) \(\d+ ms\)$/.exec(line)?.[1] ?? []);

  for (const loop of ["asyncio", "uvloop"]) {
    harness.test(`signals and KeyboardInterrupt, each test on a loop of its own: ${loop}`, async () => {
      const ended = await run(tests, [], { env: { LOOP: loop }, options: `{ loop: "${loop}" }` });
      assert.deepEqual([ended.status, ended.stderr], [0, ""], ended.stdout);
      assert.match(ended.stdout, /test result: ok\. 6 passed; 0 failed; 0 filtered out\n$/);
    });
  }

  harness.test("failures, and what a test leaves behind", async () => {
    const ended = await run(`${tests}${failing}`, ["--reporter=plain", "keeps", "next does", "never", "sys.exit", "throws", "passes"]);
    assert.equal(ended.status, 1, ended.stderr);
    assert.deepEqual(lines(ended), [
      "keeps a handler ... FAILED",
      "which the next does not see ... ok",
      "keeps a task ... FAILED",
      "never ends ... FAILED",
      "sys.exit ... FAILED",
      "throws ... FAILED",
      "passes ... ok",
    ]);
    for (const words of ["signal handler SIGUSR1: <function", "task 'Task-", "had not ended after 50 ms", "SystemExit: 3", "RangeError: on purpose"])
      assert.ok(ended.stdout.includes(words), `${words}\n${ended.stdout}`);
  });

  harness.test("arguments are as elsewhere", async () => {
    const chosen = ["--list", "a loop of its own"];
    assert.deepEqual({ ...(await run(tests, chosen)) }, { status: 0, signal: null, stdout: "each has a loop of its own\n", stderr: "" });
    const tap = await run(tests, ["--reporter=tap", "--exact", "add_signal_handler"]);
    assert.equal(tap.status, 0, tap.stderr);
    assert.match(tap.stdout, /^TAP version 14\n1\.\.1\nok 1 - add_signal_handler\n[^]*# pass 1\n# fail 0\n$/);
    const many = await run(tests, ["--concurrency", "2"]);
    assert.deepEqual([many.status, many.stdout], [2, ""]);
    assert.match(many.stderr, /there is one main thread/);
  });

  harness.test("Ctrl-C ends the program, and no further test runs", async () => {
    let sent = false;
    const ended = await run(`test("waits", () => m.forever("ready"));\n${tests}`, [], {
      onOutput(text, child) {
        if (sent || !text.includes("ready")) return;
        sent = true;
        process.kill(child.pid!, "SIGINT");
      },
    });
    assert.deepEqual([ended.signal, ended.stderr], ["SIGINT", ""], ended.stdout);
    assert.deepEqual(
      lines(ended).filter((line) => line !== "waits ... FAILED"),
      [],
    );
  });

  harness.test("process.exit in the middle of a test", async () => {
    const ended = await run(`test("leaves", async () => { setTimeout(() => process.exit(7), 5); await m.forever(); });`);
    assert.deepEqual([ended.status, ended.stderr], [7, ""], ended.stdout);
  });

  harness.test("process.exit while the main thread is about to take the loop of a test", async () => {
    const ways = ["process.exit(7);", "await null; process.exit(7);", "setImmediate(() => process.exit(7)); await new Promise(() => {});"];
    for (const way of [...ways, ...ways]) {
      const ended = await run(`test("leaves", async () => { ${way} });`);
      assert.deepEqual([ended.status, ended.stderr], [7, ""], way);
    }
  });

  harness.test("a test inside a test is refused", async () => {
    const body = `test("outer", async () => {
      const { results } = await testing.testHarness([testing.Test.async("inner", () => m.is_new())], { quiet: true });
      same((results[0]!.error as any)?.code, "loop-running");
    });`;
    const ended = await run(`${tests}${body}`, ["outer"]);
    assert.equal(ended.status, 0, ended.stdout);
  });
}
