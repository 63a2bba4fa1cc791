/** How a program under main() ends, other than by a signal. */
import assert from "node:assert/strict";
import type { Capabilities } from "../capabilities.ts";
import { fileRunner, type Ended } from "../child.ts";
import { ends, shows, withMain } from "./program.ts";

interface Ending {
  readonly name: string;
  readonly source: string;
  readonly check: (ended: Ended) => void;
}

const begun = "m.forever().then(() => undefined, () => undefined); await api.python.import('asyncio').sleep(0);";
const executor = (seconds: number): string =>
  `api.python.exec("async def start():\\n    asyncio.get_running_loop().run_in_executor(None, lambda: (time.sleep(${seconds}), print('worked', flush=True)))", m.__dict__); await m.start();`;

const programs: readonly Ending[] = [
  { name: "the function has ended", source: withMain(`console.log("end");`), check: ends(0, "end\n") },
  { name: "a function that is not async", source: `api.main(import.meta, () => { console.log("end"); });`, check: ends(0, "end\n") },
  { name: "what is left on the loop is cancelled", source: withMain(`${begun} console.log("end");`), check: ends(0, "end\npython finally\n") },
  { name: "what is left in JS ends with it", source: withMain(`setInterval(() => undefined, 1000); console.log("end");`), check: ends(0, "end\n") },
  { name: "process.exitCode", source: withMain(`process.exitCode = 6;`), check: ends(6, "") },
  { name: "process.exit", source: withMain(`${begun} process.exit(5); console.log("never");`), check: ends(5, "python finally\n") },
  { name: "process.exit deep in a callback", source: withMain(`setTimeout(() => process.exit(5), 5); await m.forever();`), check: ends(5, "python finally\n") },
  {
    name: "exit listeners run once, in the worker",
    source: withMain(`process.on("exit", (status) => console.log("inner", status));`, "{}", `process.on("exit", () => console.log("outer"));`),
    check: ends(0, "outer\ninner 0\n"),
  },
  { name: "the function throws", source: withMain(`${begun} throw new Error("mine");`), check: ends(1, "python finally\n", shows("[Ee]rror: mine")) },
  { name: "the function throws no error", source: withMain(`throw "text";`), check: ends(1, "", /text/) },
  {
    name: "an uncaught error",
    source: withMain(`setTimeout(() => { throw new Error("mine"); }, 1); await m.forever();`),
    check: ends(1, "python finally\n", shows("[Ee]rror: mine")),
  },
  {
    name: "a rejection that nobody handles",
    source: withMain(`void Promise.reject(new Error("mine")); await m.forever();`),
    check: ends(1, "python finally\n", shows("[Ee]rror: mine")),
  },
  {
    name: "an exception of Python that nobody catches",
    source: withMain(`await m.fail();`),
    check: ends(1, "", /program\.py[^]*of Python|of Python[^]*program\.py/),
  },
  {
    name: "the program's own handlers come first",
    source: withMain(`
      process.on("uncaughtException", (error: Error) => console.log("caught", error.message));
      process.on("unhandledRejection", (error: any) => console.log("rejected", error.message));
      setTimeout(() => { throw new Error("thrown"); }, 1);
      setTimeout(() => { void Promise.reject(new Error("mine")); }, 20);
      await api.python.import("asyncio").sleep(0.1);`),
    check: ends(0, "caught thrown\nrejected mine\n"),
  },
  { name: "sys.exit in a task", source: withMain(`await m.leave(7);`), check: ends(7, "") },
  { name: "sys.exit without a status", source: withMain(`await m.leave(null);`), check: ends(0, "") },
  { name: "sys.exit with words", source: withMain(`await m.leave("in words");`), check: ends(1, "", "in words\n") },
  { name: "sys.exit in a synchronous call", source: withMain(`m.leave_now(8);`), check: ends(8, "") },
  {
    name: "atexit handlers, buffered output and threads",
    source: withMain(`
      api.python.exec("atexit.register(print, 'at exit')\\nthreading.Thread(target=lambda: (time.sleep(0.1), print('thread'))).start()\\nprint('hello', end=' ')", m.__dict__);`),
    check: ends(0, "hello thread\nat exit\n"),
  },
  {
    name: "busy daemon threads end with the process",
    source: withMain(
      `api.python.exec("def work():\\n    while True: sum(range(100))\\nfor _ in range(2): threading.Thread(target=work, daemon=True).start()", m.__dict__); console.log("bye");`,
    ),
    check: ends(0, "bye\n"),
  },
  { name: "an executor's thread is waited for", source: withMain(executor(0.1)), check: ends(0, "worked\n") },
  {
    name: "open servers and subprocesses end",
    source: withMain(`
      api.python.exec("async def serve():\\n    await asyncio.start_server(lambda r, w: None, '127.0.0.1', 0)\\n    global child\\n    child = await asyncio.create_subprocess_exec(sys.executable, '-c', 'import time; time.sleep(30)')\\n    atexit.register(lambda: child.returncode is None and os.kill(child.pid, 9))", m.__dict__);
      await m.serve(); console.log("end");`),
    check: (ended) => assert.deepEqual([ended.status, ended.stdout], [0, "end\n"], ended.stderr),
  },
  {
    name: "a task that does not end is named when time is up",
    source: withMain(`m.stubborn().then(() => undefined, () => undefined); await api.python.import("asyncio").sleep(0.01);`, "{ timeout: 100 }"),
    check: ends(0, "", /after 0\.1 s these had not ended: task '[^']*' \([^)]*stubborn/),
  },
  {
    name: "an executor's thread that does not end is named when time is up",
    source: withMain(executor(30), "{ timeout: 100 }"),
    check: ends(0, "", /after 0\.1 s these had not ended: .*executor thread/),
  },
  {
    name: "JS that does not stop is named when time is up",
    source: withMain(`await m.leave(3).then(undefined, () => undefined); for (;;);`, "{ timeout: 100 }"),
    check: ends(3, "", /these had not ended: .*the function of main\(\).*, the thread of JavaScript/),
  },
  {
    name: "Python stops the loop",
    source: withMain(
      `locals.eventLoop.call_soon_threadsafe(locals.eventLoop.stop); await new Promise((resolve) => signal.addEventListener("abort", resolve));`,
    ),
    check: (ended) => {
      assert.equal(ended.status, 1);
      assert.match(ended.stderr, /Event loop stopped before Future completed/);
    },
  },
];

export function endings(capabilities: Capabilities): void {
  const run = fileRunner(capabilities);
  for (const { name, source, check } of programs) capabilities.harness.test(name, async () => check(await run(source)), 40_000);
}
