/** How a program ends: by itself when nothing is pending, and never by hanging or crashing. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner, type Ended } from "../child.ts";
import { iteratorPrograms } from "./js-iterators.ts";
import { runBlocked } from "./blocked.ts";
import { runPending } from "./pending.ts";
import { runStuckWorkers } from "./stuck-workers.ts";
import { runThreadEndings } from "./threads.ts";

interface Ending {
  readonly name: string;
  readonly source: string;
  readonly check: (ended: Ended) => void;
}

const py = (code: string): string => `const m = api.python.fromCode(${JSON.stringify(code)}, "case.py", "case");`;
const quiet = (stdout: string) => (ended: Ended) => assertQuiet(ended, stdout);

const fails = (status: number, stderr: RegExp) => (ended: Ended) => {
  assert.match(ended.stderr, stderr);
  assert.equal(ended.signal, null);
  assert.equal(ended.status, status);
};

/** Freeing such a coroutine never ends, either: GeneratorExit is swallowed as well, and without a loop sleep() raises at once. */
const SWALLOWS = `
import asyncio, atexit
atexit.register(print, 'at exit')
async def swallows():
    while True:
        try:
            await asyncio.sleep(3600)
        except BaseException:
            pass
`;

const endings: readonly Ending[] = [
  ...Object.entries(iteratorPrograms()).map(([name, source]) => ({ name, source, check: quiet("over\n") })),
  { name: "only imported", source: "console.log(typeof api.python);", check: quiet("object\n") },
  { name: "nothing pending", source: `console.log(api.python.import("math").sqrt(16));`, check: quiet("4\n") },
  { name: "top-level await of asyncio.sleep", source: `console.log(await api.python.import("asyncio").sleep(0.01, "slept"));`, check: quiet("slept\n") },
  {
    name: "a conversion that nobody awaits still completes",
    source: `${py("import asyncio\nasync def main():\n    await asyncio.sleep(0.03)\n    print('completed')")} api.intoPromise(m.main());`,
    check: quiet("completed\n"),
  },
  {
    name: "a pending timer of Python keeps the process alive until it has fired",
    source: `${py("def start(loop):\n    loop.call_later(0.05, print, 'fired')")} m.start(api.getCurrentLoop());`,
    check: quiet("fired\n"),
  },
  {
    name: "a cancelled timer keeps nothing alive",
    source: `${py("def start(loop):\n    loop.call_later(3600, print, 'fired').cancel()")} m.start(api.getCurrentLoop());`,
    check: quiet(""),
  },
  {
    name: "a Python task that ended keeps nothing alive",
    source: `${py("import asyncio\nasync def main():\n    task = asyncio.ensure_future(asyncio.sleep(3600))\n    await asyncio.sleep(0)\n    task.cancel()\n    return 'over'")} console.log(await m.main());`,
    check: quiet("over\n"),
  },
  {
    name: "an open server keeps the process alive until it is closed",
    source: `${py("import asyncio\nasync def start():\n    global server\n    server = await asyncio.start_server(lambda r, w: None, '127.0.0.1', 0)\nasync def stop():\n    server.close()\n    await server.wait_closed()\n    print('closed')")}
      await m.start();
      setTimeout(async () => { await m.stop(); }, 50).unref();
      `,
    check: quiet("closed\n"),
  },
  {
    name: "a JS promise that Python waits for lets JS timers decide",
    source: `${py("async def main(f):\n    print(await f())")} m.main(() => new Promise((resolve) => setTimeout(resolve, 30, "from a timer"))).then(() => undefined);`,
    check: quiet("from a timer\n"),
  },
  {
    name: "an executor's thread is waited for",
    source: `${py("import asyncio, time\ndef work():\n    time.sleep(0.1)\n    print('worked')\nasync def main():\n    await asyncio.get_running_loop().run_in_executor(None, work)\n    print('seen')")} api.intoPromise(m.main());`,
    check: quiet("worked\nseen\n"),
  },
  {
    name: "an executor's thread that no coroutine waits for",
    source: `${py("import time\ndef work():\n    time.sleep(0.1)\n    print('worked')\ndef start(loop):\n    loop.run_in_executor(None, work)")} m.start(api.getCurrentLoop());`,
    check: quiet("worked\n"),
  },
  {
    name: "a thread that is not a daemon is waited for",
    source: `${py("import threading, time\ndef work():\n    time.sleep(0.1)\n    print('thread done')\ndef start():\n    threading.Thread(target=work).start()")} m.start();`,
    check: quiet("thread done\n"),
  },
  {
    name: "busy daemon threads end with the process",
    source: `${py("import threading\ndef work():\n    while True:\n        sum(range(100))\ndef start():\n    for _ in range(3):\n        threading.Thread(target=work, daemon=True).start()")} m.start(); console.log("bye");`,
    check: quiet("bye\n"),
  },
  {
    name: "a subprocess is waited for while a coroutine waits for it",
    source: `${py("import asyncio, sys\nasync def main():\n    process = await asyncio.create_subprocess_exec(sys.executable, '-c', 'import time; time.sleep(0.1)')\n    print(await process.wait())")} api.intoPromise(m.main());`,
    check: quiet("0\n"),
  },
  {
    name: "a default loop that the program closed is made anew for either conversion",
    source: `${py("import asyncio\nasync def main(future):\n    return await future")}
      await api.python.import("asyncio").sleep(0);
      api.getCurrentLoop().close();
      console.log(await m.main(api.promiseIntoPy(Promise.resolve("into Python"))));
      api.getCurrentLoop().close();
      console.log(await api.python.import("asyncio").sleep(0, "into JS"));`,
    check: quiet("into Python\ninto JS\n"),
  },
  {
    name: "the program's first signal, asked for on the loop of another thread, leaves the caller's locals alone",
    source: `${py("import asyncio\nasync def once(f):\n    return await f()\ndef run(f):\n    return asyncio.run(once(f))\nasync def main(f):\n    return await asyncio.get_running_loop().run_in_executor(None, run, f)")}
      api.pymodule("first_signal", { f: async () => api.getCurrentSignal().aborted });
      const { f } = api.python.import("first_signal");
      for (let call = 0; call < 3; call++) console.log(await m.main(f));`,
    check: quiet("false\nfalse\nfalse\n"),
  },
  {
    name: "a coroutine that was never awaited is warned about",
    source: `${py("async def forgotten():\n    pass")} m.forgotten();`,
    check(ended) {
      assert.match(ended.stderr, /RuntimeWarning: coroutine 'forgotten' was never awaited/);
      assert.deepEqual([ended.status, ended.signal], [0, null]);
    },
  },
  {
    name: "a rejection that nobody handles is JS's own failure and shows Python's traceback",
    source: `${py("async def fails():\n    raise ValueError('nobody cares')")} api.intoPromise(m.fails());`,
    check: fails(1, /case\.py[^]*ValueError: nobody cares|ValueError: nobody cares[^]*case\.py/),
  },
  {
    name: "an uncaught Python exception shows its traceback",
    source: `${py("def fails():\n    raise ValueError('uncaught')")} m.fails();`,
    check: fails(1, /case\.py[^]*ValueError: uncaught|ValueError: uncaught[^]*case\.py/),
  },
  ...["throw new Error('mine')", "setTimeout(() => { throw new Error('mine'); }, 1)", "void Promise.reject(new Error('mine'))"].map((source) => ({
    name: `an uncaught error lets atexit handlers run and output be flushed: ${source}`,
    source: `${py("import atexit\natexit.register(print, 'at exit')\ndef hello():\n    print('hello', end=' ')")} m.hello(); ${source};`,
    check(ended: Ended) {
      assert.match(ended.stderr, /mine/);
      assert.deepEqual([ended.status, ended.signal, ended.stdout], [1, null, "hello at exit\n"]);
    },
  })),
  {
    name: "an exception in a callback is logged and the program goes on",
    source: `${py("import asyncio\nasync def main():\n    loop = asyncio.get_running_loop()\n    loop.call_soon(lambda: 1 / 0)\n    await asyncio.sleep(0.01)\n    return 'went on'")} console.log(await m.main());`,
    check(ended) {
      assert.match(ended.stderr, /Exception in callback[^]*ZeroDivisionError/);
      assert.deepEqual([ended.status, ended.signal, ended.stdout], [0, null, "went on\n"]);
    },
  },
  {
    name: "sys.exit in a callback does not end the process",
    source: `${py("import asyncio, sys\nasync def main():\n    asyncio.get_running_loop().call_soon(sys.exit, 9)\n    await asyncio.sleep(0.01)\n    return 'alive'")} console.log(await m.main());`,
    check(ended) {
      assert.match(ended.stderr, /SystemExit/);
      assert.deepEqual([ended.status, ended.signal, ended.stdout], [0, null, "alive\n"]);
    },
  },
  {
    name: "process.exit",
    source: `api.python.import("sys"); process.exit(3);`,
    check: (ended) => assert.deepEqual({ ...ended }, { status: 3, signal: null, stdout: "", stderr: "" }),
  },
  {
    name: "process.exit while Python has work pending",
    source: `${py("import asyncio, atexit\natexit.register(print, 'atexit')\nasync def main():\n    await asyncio.sleep(3600)")} m.main().then(() => undefined); setTimeout(() => process.exit(4), 20);`,
    check: (ended) => assert.deepEqual({ ...ended }, { status: 4, signal: null, stdout: "atexit\n", stderr: "" }),
  },
  {
    name: "process.exit inside a JS function that Python calls",
    source: `${py("import asyncio\nasync def main(f):\n    await asyncio.sleep(0)\n    f()")} await m.main(() => process.exit(5));`,
    check: (ended) => assert.deepEqual([ended.status, ended.signal], [5, null]),
  },
  {
    name: "atexit handlers run and output to a pipe is flushed",
    source: `${py("import atexit\natexit.register(print, 'at exit')\ndef hello():\n    print('hello', end=' ')")} m.hello();`,
    check: quiet("hello at exit\n"),
  },
  {
    name: "output is flushed at process.exit",
    source: `${py("def hello():\n    print('x' * 100000)")} m.hello(); process.exit(0);`,
    check(ended) {
      assert.equal(ended.stdout.length, 100_001);
      assert.deepEqual([ended.status, ended.stderr], [0, ""]);
    },
  },
  {
    name: "shutdown runs finally blocks and asyncgen shutdown; atexit handlers run at the end",
    source: `${py("import asyncio, atexit\natexit.register(print, 'atexit')\nasync def items():\n    try:\n        yield 1\n        yield 2\n    finally:\n        print('generator closed', flush=True)\nasync def main():\n    global agen\n    agen = items()\n    await agen.__anext__()\n    try:\n        await asyncio.sleep(3600)\n    finally:\n        print('finally', flush=True)")}
      m.main().then(undefined, () => undefined);
      await api.python.import("asyncio").sleep(0.01);
      await api.shutdown();
      console.log("shut down");`,
    check(ended) {
      assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout: "finally\ngenerator closed\nshut down\natexit\n", stderr: "" });
    },
  },
  {
    name: "shutdown can be called again, and Python used again after it",
    source: `
      await api.shutdown();
      console.log(await api.python.import("asyncio").sleep(0.01, "first"));
      await Promise.all([api.shutdown(), api.shutdown()]);
      await api.shutdown();
      console.log(await api.python.import("asyncio").sleep(0.01, "second"));
      await api.shutdown();
    `,
    check: quiet("first\nsecond\n"),
  },
  {
    name: "shutdown names what is stuck when its time is up",
    source: `${py("import asyncio\nasync def stubborn():\n    while True:\n        try:\n            await asyncio.sleep(3600)\n        except asyncio.CancelledError:\n            pass")}
      m.stubborn().then(undefined, () => undefined);
      await api.python.import("asyncio").sleep(0.01);
      try { await api.shutdown({ timeout: 50 }); } catch (error) { console.log(error.code, error.message.includes("stubborn")); }
      process.exit(0);
    `,
    check: (ended) => assert.deepEqual([ended.status, ended.signal, ended.stdout], [0, null, "shutdown-timeout true\n"]),
  },
  {
    name: "after a shutdown that timed out, a task that swallows everything is never run again",
    source: `${py(SWALLOWS)}
      m.swallows().then(undefined, () => undefined);
      await api.python.import("asyncio").sleep(0.01);
      try { await api.shutdown({ timeout: 50 }); } catch (error) { console.log(error.code, error.message.includes("swallows")); }
      console.log(await api.python.import("asyncio").sleep(0, "goes on"));
    `,
    check: quiet("shutdown-timeout true\ngoes on\nat exit\n"),
  },
  {
    name: "a task that swallows everything does not hold up process.exit, which names it",
    source: `${py(SWALLOWS)} m.swallows().then(undefined, () => undefined); setTimeout(() => process.exit(6), 20);`,
    check(ended: Ended) {
      assert.match(ended.stderr, /at exit these had not ended: task '.*' \(swallows\)/);
      assert.deepEqual([ended.status, ended.signal, ended.stdout], [6, null, "at exit\n"]);
    },
  },
  {
    name: "a task that swallows everything does not hold up the end after an uncaught error",
    source: `${py(SWALLOWS)} m.swallows().then(undefined, () => undefined); setTimeout(() => { throw new Error('mine'); }, 20);`,
    check(ended: Ended) {
      assert.match(ended.stderr, /mine/);
      assert.deepEqual([ended.status, ended.signal, ended.stdout], [1, null, "at exit\n"]);
    },
  },
  {
    name: "run, and the process ends by itself",
    source: `for (const loop of ["asyncio", "uvloop", "interloop.GuestLoop"]) console.log(await api.run(() => api.python.import("asyncio").sleep(0.01, loop), { loop }));`,
    check: quiet("asyncio\nuvloop\ninterloop.GuestLoop\n"),
  },
  ...["asyncio", "uvloop", "interloop.GuestLoop"].map((loop) => ({
    name: `process.exit during run ends what runs there in order: ${loop}`,
    source: `${py("import asyncio\nasync def main():\n    try:\n        await asyncio.sleep(3600)\n    finally:\n        await asyncio.sleep(0)\n        print('finally', flush=True)")}
      void api.run(() => m.main(), { loop: "${loop}" });
      setTimeout(() => process.exit(3), 50);`,
    check: (ended: Ended) => assert.deepEqual({ ...ended }, { status: 3, signal: null, stdout: "finally\n", stderr: "" }),
  })),
  {
    name: "many handles, callbacks and buffers alive at the end do no harm",
    source: `${py("kept = []\ndef keep(x):\n    kept.append(x)\n    return object()\nclass Cycle:\n    def __del__(self):\n        pass\ndef cycle(f):\n    c = Cycle()\n    c.f = f\n    c.me = c\n    return c")}
      globalThis.all = [];
      for (let i = 0; i < 1000; i++) { all.push(m.keep(() => i), m.keep({ i }), m.keep(new Uint8Array(10)), m.cycle(() => m), api.python.buffer(api.python.eval("bytearray(10)"))); m.keep(Promise.resolve(i)); }
      console.log(all.length);`,
    check: quiet("5000\n"),
  },
  {
    name: "Python objects whose __del__ calls JS at the end",
    source: `${py("class Calls:\n    def __init__(self, f):\n        self.f = f\n    def __del__(self):\n        try:\n            self.f()\n        except BaseException:\n            pass\nkept = []\ndef keep(f):\n    kept.append(Calls(f))")} m.keep(() => 1); console.log("end");`,
    check: quiet("end\n"),
  },
  {
    name: "a thread that posts to the loop while the process ends",
    source: `${py("import threading, time\ndef start(loop):\n    def post():\n        while True:\n            try:\n                loop.call_soon_threadsafe(int)\n            except RuntimeError:\n                return\n            time.sleep(0)\n    threading.Thread(target=post, daemon=True).start()")} m.start(api.getCurrentLoop()); setTimeout(() => console.log("end"), 20); `,
    check: quiet("end\n"),
  },
];

/** Prints how often threads other than the JS thread woke up in half a second of idling. */
const idleProbe = `
  const { readdirSync, readFileSync } = await import("node:fs");
  const wakeUps = () => {
    let sum = 0;
    for (const thread of readdirSync("/proc/self/task")) {
      if (Number(thread) === process.pid) continue;
      sum += Number(/^voluntary_ctxt_switches:\\s+(\\d+)/m.exec(readFileSync("/proc/self/task/" + thread + "/status", "utf8"))[1]);
    }
    return sum;
  };
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  await pause(200);
  const before = wakeUps();
  await pause(500);
  console.log(wakeUps() - before);
  process.exit(0);
`;

/** Registers the tests of endings. */
export function runExits(capabilities: Capabilities): void {
  const { harness } = capabilities;
  runThreadEndings(capabilities);
  runPending(capabilities);
  runBlocked(capabilities);
  runStuckWorkers(capabilities);
  if (!has(capabilities.child)) {
    harness.skip(`exits (${capabilities.child.missing})`);
    return;
  }
  const run = childRunner(capabilities);
  for (const { name, source, check } of endings) harness.test(name, async () => check(await run(source)), 40_000);

  if (process.platform === "linux") {
    harness.test(
      "an idle program with an open server and a far timer does not wake up",
      async () => {
        const source = `${py("import asyncio\nasync def main(loop):\n    global server\n    server = await asyncio.start_server(lambda r, w: None, '127.0.0.1', 0)\n    loop.call_later(3600, print)")} await m.main(api.getCurrentLoop()); ${idleProbe}`;
        const ended = await run(source);
        assert.deepEqual([ended.status, ended.stderr], [0, ""]);
        // The runtime's own threads may stir once or twice; a poller that polls would have woken dozens of times.
        assert.ok(Number(ended.stdout) <= 10, `${ended.stdout.trim()} wake-ups`);
      },
      40_000,
    );
  }

  harness.test(
    "SIGTERM ends a program with an open server and a pending coroutine",
    async () => {
      const source = `${py("import asyncio\nasync def main():\n    server = await asyncio.start_server(lambda r, w: None, '127.0.0.1', 0)\n    print('listening', flush=True)\n    await asyncio.sleep(3600)")} await m.main();`;
      const onOutput = (text: string, child: { kill(signal: "SIGTERM"): unknown }): void => {
        if (text.includes("listening")) child.kill("SIGTERM");
      };
      const ended = await run(source, { onOutput });
      assert.equal(ended.signal ?? ended.status, ended.signal === null ? 143 : "SIGTERM");
      assert.equal(ended.stderr, "");
    },
    40_000,
  );

  harness.test(
    "SIGINT ends a program as its user expects, also after Python's signal module was imported",
    async () => {
      const source = `${py("import signal, asyncio\nasync def main():\n    print('ready', flush=True)\n    await asyncio.sleep(3600)")} await m.main();`;
      const onOutput = (text: string, child: { kill(signal: "SIGINT"): unknown }): void => {
        if (text.includes("ready")) child.kill("SIGINT");
      };
      const ended = await run(source, { onOutput });
      assert.equal(ended.signal ?? ended.status, ended.signal === null ? 130 : "SIGINT");
      assert.equal(ended.stderr, "");
    },
    40_000,
  );
}
