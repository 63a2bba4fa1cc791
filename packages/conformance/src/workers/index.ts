/** Threads of JavaScript that come and go: the interpreter that one of them starts serves the others, and ends once, with the process. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { has, type Capabilities } from "../capabilities.ts";
import { fileRunner, runProcess, type Ended } from "../child.ts";
import { terminated } from "./terminated.ts";

interface Program {
  /** What main does; `start(mode)` starts a worker, and answers with it. */
  readonly main: string;
  /** What the worker does, in the function of its mode; it has `api`, `mode` and `say(value)`. */
  readonly worker?: string;
  /** Standard output, its lines in this order. */
  readonly stdout: string;
  readonly status?: number;
}

/** Deno shows such errors itself as well, and tells no stack. */
const uncaught: Program = {
  main: `const names: string[] = [];
      for (const mode of ["plain", "later", "caused", "group"]) {
        const worker = start(mode);
        const error: any = await ended(worker).then(() => "no error", (error) => error);
        console.log(mode, error instanceof Error, error.message, /in Python/.test(error.stack ?? error.message));
        names.push(error.name);
      }
      console.log(names.join());`,
  worker: `python().exec(\`
import asyncio
def plain():
    raise ValueError("plain in Python")
async def later():
    await asyncio.sleep(0)
    raise ValueError("later in Python")
def caused():
    try:
        plain()
    except ValueError as error:
        raise KeyError("caused in Python") from error
class Group(Exception):
    def __init__(self):
        super().__init__("group in Python")
        self.exceptions = [ValueError(1)]
def group():
    raise Group()
\`);
      await python().eval(mode)();`,
  stdout: "plain true plain in Python true\nlater true later in Python true\ncaused true 'caused in Python' true\ngroup true group in Python true\n",
};
const NAMES = "ValueError,ValueError,KeyError,Group";
const UNNAMED = "Error,Error,Error,Error";

/** Main does not look at `api`, so that Python is not started there unless the program says so. */
const whole = ({ main, worker = "" }: Program): string => `
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
const ends = new WeakMap<Worker, Promise<number>>();
const start = (mode: unknown): Worker => {
  const worker = new Worker(new URL(import.meta.url), { workerData: mode });
  const end = new Promise<number>((resolve, reject) => void worker.once("exit", resolve).once("error", reject));
  end.catch(() => {});
  ends.set(worker, end);
  return worker;
};
const ended = (worker: Worker): Promise<number> => ends.get(worker)!;
const told = (worker: Worker): Promise<any> => new Promise((resolve, reject) => void worker.once("message", resolve).once("error", reject));
const python = (): any => api.python;
if (isMainThread) {
  ${main}
} else {
  const mode = workerData as any;
  const say = (value: unknown): void => parentPort!.postMessage(value);
  ${worker}
}`;

const sums = `say([mode, Number(python().import("fractions").Fraction(mode, 2).numerator), await python().import("asyncio").sleep(0.01, "slept")]);`;

/** A handle and a look at its memory keep an object of Python's, as long as their thread lives. */
const holding = (end: string): Program => ({
  main: `python().exec("import weakref\\nclass Block(bytearray): pass\\nblocks = []");
      const worker = start(0);
      await told(worker);
      console.log(python().eval("blocks[0]() is not None"));
      ${end}
      while (python().eval("blocks[0]() is not None")) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log("gone");`,
  worker: `const block = python().eval("Block(100000)");
      python().exec("remember = lambda block: blocks.append(weakref.ref(block))");
      python().eval("remember")(block);
      const { data } = api.python.buffer(block);
      parentPort!.on("message", () => { process.exit(data[0]); });
      say("held");`,
  stdout: "true\ngone\n",
});

const programs: Readonly<Record<string, Program>> = {
  "workers come and go, two at a time, and main has no Python": {
    main: `for (let round = 0; round < 4; round++) {
      console.log(JSON.stringify(await Promise.all([1, 3].map(async (mode) => {
        const worker = start(mode);
        const [said, code] = await Promise.all([told(worker), ended(worker)]);
        return [said, code];
      }))));
    }`,
    worker: sums,
    stdout: `[[[1,1,"slept"],0],[[3,3,"slept"],0]]\n`.repeat(4),
  },
  "main uses Python after workers have": {
    main: `for (const mode of [1, 3]) await ended(start(mode));
      python().exec("import threading");
      console.log(python().eval("threading.current_thread() is threading.main_thread()"), python().eval("threading.main_thread().is_alive()"));
      console.log(await python().import("asyncio").sleep(0.01, "slept"));
      await ended(start(5));
      console.log(await python().import("asyncio").sleep(0.01, "slept again"));`,
    worker: sums,
    stdout: "true true\nslept\nslept again\n",
  },
  "main uses Python while the worker that has started it lives": {
    main: `const worker = start(1);
      await told(worker);
      python().exec("import threading, signal");
      console.log(python().eval("threading.current_thread() is threading.main_thread()"));
      python().exec("came = []; before = signal.signal(signal.SIGUSR1, lambda number, frame: came.append(threading.current_thread().name))");
      process.kill(process.pid, "SIGUSR1");
      while (python().eval("len(came)") === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(String(python().eval("came[0]")));
      worker.postMessage("end");
      console.log(await ended(worker));`,
    worker: `say(python().eval("1 + 1")); parentPort!.once("message", () => undefined);`,
    stdout: "true\nMainThread\n0\n",
  },
  "a thread may have handlers of signals when the one that had them has ended, and they end with it": {
    main: `for (const mode of [1, 2]) {
        const worker = start(mode);
        console.log(await told(worker));
        await ended(worker);
      }`,
    worker: `python().exec("import signal, threading\\ncame = []\\nbefore = signal.signal(signal.SIGUSR2, lambda *args: came.append(threading.current_thread() is threading.main_thread()))");
      python().exec("signal.raise_signal(signal.SIGUSR2)");
      say(String(python().eval("came, callable(before) and not 'JavaScript' in repr(before)")));`,
    stdout: "([True], False)\n".repeat(2),
  },
  "atexit functions run once, files are flushed, threads are waited for": {
    main: `for (const mode of ["first", "second"]) await ended(start(mode)); console.log("end of main");`,
    worker: `python().exec("import atexit, threading, time, os\\natexit.register(print, 'at exit', '" + mode + "')\\nthreading.Thread(target=lambda: (time.sleep(0.05), print('thread', '" + mode + "'))).start()\\nglobals()['file_" + mode + "'] = open(os.environ['FOLDER'] + '/" + mode + "', 'w')\\nfile_" + mode + ".write('kept')");`,
    stdout: "thread first\nthread second\nend of main\nat exit second\nat exit first\n",
  },
  "threads that a worker's Python has started keep the worker, and daemons do not": {
    main: `python().exec("import threading");
      await Promise.all(["a", "b"].map((mode) => ended(start(mode))));
      console.log(python().eval("' '.join(sorted(done))"));`,
    worker: `python().exec("import threading, time\\ndone = globals().setdefault('done', [])\\nthreading.Thread(target=lambda: (time.sleep(0.1), done.append('" + mode + "'))).start()\\nthreading.Thread(target=time.sleep, args=[3600], daemon=True).start()");`,
    stdout: "a b\n",
  },
  "what a worker has held of Python is let go of when it ends": holding(`worker.postMessage("end"); await ended(worker);`),
  "what a worker has held of Python is let go of when it is terminated": holding("await worker.terminate();"),
  "process.exit in main while a worker is in Python": {
    main: `await told(start(0)); process.exit(7);`,
    worker: `python().exec("import atexit\\natexit.register(print, 'at exit')"); say("ready"); for (;;) { python().eval("sum(range(100000))"); await new Promise((resolve) => setTimeout(resolve, 1)); }`,
    stdout: "at exit\n",
    status: 7,
  },
  "a terminated worker leaves its loop in order": {
    main: `for (let round = 0; round < 3; round++) {
        const worker = start(0);
        console.log(await told(worker));
        await worker.terminate();
        // In Deno the thread goes on for a moment.
        python().exec("import socket, time\\ndef is_open(port):\\n  with socket.socket() as s: return s.connect_ex(('127.0.0.1', port)) == 0");
        while (python().eval("is_open(port)")) await new Promise((resolve) => setTimeout(resolve, 5));
        console.log(String(python().eval("' '.join(log)")));
        python().exec("log.clear()");
      }`,
    worker: `python().exec(${JSON.stringify(`
import asyncio
log = globals().get('log', [])
async def serve():
    global port
    try:
        server = await asyncio.start_server(lambda reader, writer: None, '127.0.0.1', 0)
        port = server.sockets[0].getsockname()[1]
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0)
        log.append('finally')
`)});
      python().eval("serve()").then(undefined, () => undefined);
      python().exec("port = 0");
      const timer = setInterval(() => { if (python().eval("port") !== 0) { clearInterval(timer); say("serves"); } }, 5);`,
    stdout: "serves\nfinally\n".repeat(3),
  },
};

/** A module of Python's that all threads share, and that has taken functions out of what JavaScript exports. */
const SHARED = `import shop
from shop import price, later
def direct():
    return [shop.name, shop.price("1"), price("2")]
async def awaited():
    return [await shop.later("3"), await later("4")]
def on_thread(done):
    import threading
    threading.Thread(target=lambda: done(str([shop.name, shop.price("5"), price("6")]))).start()
`;

const MODULE = `import { workerData } from "node:worker_threads";
let count = 0;
export const owner = String(workerData);
export const next = () => owner + ++count;
export const soon = async () => owner;
`;

const USES = `import interloop.auto, counted
def direct():
    return [counted.owner, counted.next(), counted.next()]
async def awaited():
    return await counted.soon()
def on_thread(done):
    import threading
    threading.Thread(target=lambda: done(counted.owner)).start()
`;

const several: Readonly<Record<string, Program>> = {
  "each thread sees what it has exported itself under a name that others export as well": {
    main: `const workers = ["a", "b"].map((name) => start(name));
      const said = await Promise.all(workers.map(told));
      workers.forEach((worker) => worker.postMessage("go on"));
      for (const each of [...said, ...(await Promise.all(workers.map(told)))]) console.log(each);
      await Promise.all(workers.map(ended));
      const last = start("c");
      console.log(await told(last));
      last.postMessage("go on");
      console.log(await told(last));`,
    worker: `api.pymodule("shop", { name: mode, price: (item: string) => mode + item, later: async (item: string) => mode + item });
      python().import("sys").path.insert(0, process.env["FOLDER"]);
      const shared = python().import("shared_by_all");
      const look = async () => say(JSON.stringify(python().toJs([shared.direct(), await shared.awaited(), await new Promise((resolve) => shared.on_thread(resolve))])));
      parentPort!.once("message", () => void look());
      await look();`,
    stdout: ["a", "b", "a", "b", "c", "c"]
      .map((name) => `[["${name}","${name}1","${name}2"],["${name}3","${name}4"],"['${name}', '${name}5', '${name}6']"]\n`)
      .join(""),
  },
  "each thread evaluates a JavaScript module that Python imports for itself": {
    main: `for (const name of ["a", "b"]) { const worker = start(name); console.log(await told(worker)); await ended(worker); }
      console.log((await Promise.all(["c", "d"].map((name) => told(start(name))))).join(" "));`,
    worker: `python().import("sys").path.insert(0, process.env["FOLDER"]);
      const uses = python().import("uses_counted");
      say(JSON.stringify(python().toJs([uses.direct(), await uses.awaited(), await new Promise((resolve) => uses.on_thread(resolve))])));`,
    stdout:
      ["a", "b"].map((name) => `[["${name}","${name}1","${name}2"],"${name}","${name}"]\n`).join("") +
      ["c", "d"].map((name) => `[["${name}","${name}1","${name}2"],"${name}","${name}"]`).join(" ") +
      "\n",
  },
};

const testFile = (prefix: string, number: number): string => `${prefix}
import assert from "node:assert/strict";
const test = (globalThis as any).Deno?.test ?? (await import((globalThis as any).Bun ? "bun:test" : "node:test")).test;
test("file ${number}", async () => {
  const python: any = api.python;
  assert.equal(await python.import("asyncio").sleep(0.01, ${number}), ${number});
  python.exec("import atexit; atexit.register(print, 'at exit ${number}', flush=True)");
});
`;

/** How each runtime runs several test files in one process. */
const runners: Readonly<Record<string, readonly (readonly string[])[]>> = {
  node: [["--test", "--test-isolation=none", "--conditions=@interloop/source", "--disable-warning=ExperimentalWarning"]],
  deno: [
    ["test", "--no-check", "--allow-all"],
    ["test", "--no-check", "--allow-all", "--parallel"],
  ],
  bun: [["test", "--conditions=@interloop/source"]],
};

/** How each runtime starts a program again when a file changes. */
const watchers: Readonly<Record<string, readonly (readonly string[])[]>> = {
  node: [["--watch", "--conditions=@interloop/source", "--disable-warning=ExperimentalWarning"]],
  deno: [["run", "--watch", "--no-check", "--allow-all"]],
  bun: [
    ["--hot", "--conditions=@interloop/source"],
    ["--watch", "--conditions=@interloop/source"],
  ],
};

const RUNS = `
import asyncio, numbered
from numbered import run
async def runs():
    await asyncio.sleep(0.01)
    return f'run {numbered.run()} {run()}'
async def forever():
    await asyncio.sleep(3600)
`;

/** The number of the run is in the text. */
const watched = (prefix: string, run: number): string => `${prefix}
api.pymodule("numbered", { run: () => ${run} });
api.python.exec(${JSON.stringify(RUNS)});
api.intoPromise(api.python.eval("forever()") as any).catch(() => undefined);
console.log(String(await api.python.eval("runs()")));
`;

function check(ended: Ended, { stdout, status = 0 }: Program): void {
  assert.equal(ended.stderr, "");
  assert.deepEqual([ended.status, ended.signal, ended.stdout], [status, null, stdout]);
}

/** Registers the tests. */
export function runWorkers(capabilities: Capabilities): void {
  const { harness, program, nightly, namesOfWorkerErrors } = capabilities;
  harness.describe("threads of JavaScript that come and go", () => {
    if (!has(program)) {
      harness.skip(`programs (${program.missing})`);
      return;
    }
    const run = fileRunner(capabilities);
    for (const [name, each] of Object.entries({ ...programs, ...several })) {
      harness.test(
        name,
        () =>
          inFolder(async (folder) => {
            for (const [file, text] of [
              ["shared_by_all.py", SHARED],
              ["uses_counted.py", USES],
              ["counted.mjs", MODULE],
            ] as const)
              writeFileSync(join(folder, file), text);
            check(await run(whole(each), [], { env: { FOLDER: folder }, deadline: 60_000 }), each);
            if (name.includes("files")) for (const file of ["first", "second"]) assert.equal(readFileSync(join(folder, file), "utf8"), "kept");
          }),
        70_000,
      );
    }
    harness.test(
      "an uncaught exception of Python in a worker arrives as an error",
      async () => {
        const { status, stdout } = await run(whole(uncaught), [], { deadline: 60_000 });
        assert.deepEqual([status, stdout], [0, `${uncaught.stdout}${has(namesOfWorkerErrors) ? NAMES : UNNAMED}\n`]);
      },
      70_000,
    );
    const storm = terminated(nightly ? 200 : 14);
    harness.test(
      "workers are terminated at any moment",
      async () => {
        const { status, signal, stdout, stderr } = await run(whole(storm), [], { deadline: nightly ? 600_000 : 90_000 });
        // A loop on a thread of its own may have told of JavaScript that is gone, which is true.
        assert.doesNotMatch(stderr, /Fatal|SystemExit|deadlock/);
        assert.deepEqual([status, signal, stdout], [0, null, storm.stdout], stderr);
      },
      nightly ? 620_000 : 100_000,
    );
    for (const command of watchers[capabilities.name] ?? []) {
      const words = command.filter((word) => !word.includes("interloop") && !word.includes("warning"));
      harness.test(
        `a program that is started again when its file changes: ${words.join(" ")}`,
        () => inFolder((folder) => runWatched(capabilities, folder, command)),
        70_000,
      );
    }
    for (const command of runners[capabilities.name] ?? []) {
      harness.test(
        `test files that use Python: ${command.filter((word) => !word.includes("interloop") && !word.includes("warning")).join(" ")}`,
        () => inFolder((folder) => runTestFiles(capabilities, folder, command)),
        70_000,
      );
    }
  });
}

async function runTestFiles(capabilities: Capabilities, folder: string, command: readonly string[]): Promise<void> {
  const { program } = capabilities;
  assert.ok(has(program));
  const files = [1, 2, 3].map((number) => join(folder, `file-${number}.test.mts`));
  files.forEach((file, index) => writeFileSync(file, testFile(program.prefix, index + 1)));
  const options = configOf(program.command(files[0]!));
  const { status, stdout, stderr } = await runProcess(capabilities, process.execPath, [...command, ...options, ...files], { cwd: folder, deadline: 60_000 });
  assert.equal(status, 0, stdout + stderr);
  const atExit = stdout.split("\n").filter((line) => line.startsWith("at exit"));
  assert.deepEqual(atExit.sort(), ["at exit 1", "at exit 2", "at exit 3"], stdout + stderr);
}

async function runWatched(capabilities: Capabilities, folder: string, command: readonly string[]): Promise<void> {
  const { program } = capabilities;
  assert.ok(has(program));
  const file = join(folder, "program.mts");
  const write = (run: number): void => writeFileSync(file, watched(program.prefix, run));
  write(1);
  let seen = 0;
  let timer: NodeJS.Timeout | undefined;
  const onOutput = (text: string, child: { kill(signal: "SIGTERM"): unknown }): void => {
    if (!text.includes(`run ${seen + 1} ${seen + 1}\n`)) return;
    seen++;
    clearInterval(timer);
    if (seen === 3) {
      child.kill("SIGTERM");
      return;
    }
    // Again, for the watcher may not have looked yet.
    setTimeout(write, 500, seen + 1);
    timer = setInterval(write, 8000, seen + 1);
  };
  const { stdout, stderr } = await runProcess(capabilities, process.execPath, [...command, ...configOf(program.command(file)), file], {
    cwd: folder,
    deadline: 60_000,
    onOutput,
  });
  clearInterval(timer);
  assert.equal(seen, 3, stdout + stderr);
}

/** Deno has to be told where the packages are. */
function configOf(command: readonly string[]): readonly string[] {
  const at = command.indexOf("--config");
  return at === -1 ? [] : command.slice(at, at + 2);
}

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "interloop-workers-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
