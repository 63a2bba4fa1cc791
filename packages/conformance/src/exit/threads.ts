/** Threads of Python at the end of a program, in each placement: those that are no daemons keep it alive, as in python3, and what they ask of JavaScript is answered. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { childRunner, fileRunner, type Ended } from "../child.ts";

interface Program {
  readonly python: string;
  /** Uses `m`, the module of that code. */
  readonly body: string;
  readonly stdout: string;
  readonly stderr?: RegExp;
  readonly status?: number;
}

const say = "(text) => void console.log(text)";

const programs: Readonly<Record<string, Program>> = {
  "a thread calls JavaScript after the function that started it has returned": {
    python: `
      import threading, time
      def begin(log):
          def work():
              log("first"); time.sleep(0.2); log("second")
          threading.Thread(target=work).start()
    `,
    body: `m.begin(${say});`,
    stdout: "first\nsecond\n",
  },
  "a timer": {
    python: `
      import threading
      def begin(log):
          threading.Timer(0.2, log, ["fired"]).start()
    `,
    body: `m.begin(${say});`,
    stdout: "fired\n",
  },
  "a promise that a thread resolves is awaited at the top": {
    python: `
      import threading, time
      def begin(resolve):
          threading.Thread(target=lambda: (time.sleep(0.1), resolve("resolved"))).start()
    `,
    body: `console.log(await new Promise((resolve) => m.begin(resolve)));`,
    stdout: "resolved\n",
  },
  "a thread that a thread has started": {
    python: `
      import threading, time
      def begin(log):
          def outer():
              time.sleep(0.1)
              threading.Thread(target=lambda: (time.sleep(0.1), log("inner"))).start()
          threading.Thread(target=outer).start()
    `,
    body: `m.begin(${say});`,
    stdout: "inner\n",
  },
  "a thread that a coroutine has started, wherever its loop runs": {
    python: `
      import threading, time
      async def begin(log):
          threading.Thread(target=lambda: (time.sleep(0.2), log("later"))).start()
    `,
    body: `await m.begin(${say});`,
    stdout: "later\n",
  },
  "a thread runs a loop that awaits an async function": {
    python: `
      import asyncio, threading, time
      def begin(ask):
          threading.Thread(target=lambda: (time.sleep(0.1), print(asyncio.run(ask(20)), flush=True))).start()
    `,
    body: `m.begin(async (n) => { await new Promise((resolve) => setTimeout(resolve, 20)); return n + 1; });`,
    stdout: "21\n",
  },
  "jobs of an executor, with callbacks, and then the idle executor does not": {
    python: `
      import concurrent.futures, time
      def begin(log):
          global executor
          executor = concurrent.futures.ThreadPoolExecutor(1)
          executor.submit(log, "first").add_done_callback(lambda _: time.sleep(0.1))
          executor.submit(time.sleep, 0.2).add_done_callback(lambda _: log("called back"))
    `,
    body: `m.begin(${say});`,
    stdout: "first\ncalled back\n",
  },
  "an executor of another library, whose thread ends when Python does": {
    python: `
      import concurrent.futures, threading
      ending = threading.Event()
      def end():
          ending.set()
      class Executor(concurrent.futures.Executor):
          def submit(self, function, *args):
              f = concurrent.futures.Future()
              def serve():
                  f.set_result(function(*args))
                  ending.wait()
              threading.Thread(target=serve).start()
              threading._register_atexit(end)
              return f
      def begin(log):
          Executor().submit(log, "served")
    `,
    body: `m.begin(${say});`,
    stdout: "served\n",
  },
  "a thread that consumes what JavaScript produces": {
    python: `
      import queue, threading
      def begin(log):
          items = queue.Queue()
          def consume():
              while (item := items.get()) is not None:
                  log(item)
          threading.Thread(target=consume).start()
          return items
    `,
    body: `const items = m.begin(${say}); setTimeout(() => { items.put("one"); items.put("two"); setTimeout(() => items.put(null), 20); }, 20); await new Promise((resolve) => setTimeout(resolve, 100));`,
    stdout: "one\ntwo\n",
  },
  "a daemon does not": {
    python: `
      import threading, time
      def begin(log):
          threading.Thread(target=lambda: (time.sleep(3600), log("never")), daemon=True).start()
    `,
    body: `m.begin(${say}); console.log("end");`,
    stdout: "end\n",
  },
  "process.exit in a callback that a thread waits for": {
    python: `
      import asyncio
      async def main(f):
          await asyncio.to_thread(f)
      def begin(f):
          import threading
          threading.Thread(target=f).start()
    `,
    body: `await m.main(() => process.exit(7));`,
    stdout: "",
    status: 7,
  },
  "process.exit in a callback of a thread that nobody waits for, while others wait for their turn": {
    python: `
      import threading
      def begin(f):
          for _ in range(3):
              threading.Thread(target=f, daemon=True).start()
          threading.Thread(target=f).start()
    `,
    body: `m.begin(() => process.exit(8));`,
    stdout: "",
    // The daemons may still say that nobody answers them.
    stderr: /(?:)/,
    status: 8,
  },
};

/** A thread that never ends holds up a program that just comes to its end, as in python3; what ends it on purpose does not wait for it for ever. */
const runaway: Program = {
  python: `
    import threading, time
    def work():
        while True:
            time.sleep(0.01)
    def begin():
        threading.Thread(target=work, name="runaway").start()
  `,
  body: `m.begin(); setTimeout(() => process.exit(9), 20); await new Promise(() => undefined);`,
  stdout: "",
  stderr: /at exit these had not ended: thread 'runaway'/,
  status: 9,
};

const inGuest = (before: string, { python, body }: Program): string =>
  `${before} const m = api.python.fromCode(${JSON.stringify(python)}, "threads.py", "threads"); ${body}`;

const inMain = ({ python, body }: Program): string =>
  `const m: any = api.python.fromCode(${JSON.stringify(python)}, "threads.py", "threads"); api.main(import.meta, async () => { ${body} });`;

function check(ended: Ended, { stdout, stderr = /^$/, status = 0 }: Program): void {
  assert.match(ended.stderr, stderr);
  assert.deepEqual([ended.status, ended.signal, ended.stdout], [status, null, stdout]);
}

/** Registers the tests of threads at the end. */
export function runThreadEndings(capabilities: Capabilities): void {
  const { harness, child, program } = capabilities;
  harness.describe("threads at the end", () => {
    const all = Object.entries({ ...programs, "a thread that never ends, and process.exit": runaway });
    if (has(child)) {
      const run = childRunner(capabilities);
      for (const [placement, before] of [
        ["guest", ""],
        ["thread", `api.init({ placement: "thread" });`],
      ] as const) {
        for (const [name, each] of all) harness.test(`${placement}: ${name}`, async () => check(await run(inGuest(before, each)), each), 40_000);
      }
    } else harness.skip(`guest and thread (${child.missing})`);
    if (has(program)) {
      const run = fileRunner(capabilities);
      for (const [name, each] of all) {
        if (each !== runaway) harness.test(`main: ${name}`, async () => check(await run(inMain(each)), each), 40_000);
      }
    } else harness.skip(`main (${program.missing})`);
  });
}
