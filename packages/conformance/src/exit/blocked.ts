/** Calls of Python that block the thread of JavaScript, in each placement: those that only JavaScript could end raise `would-deadlock` on one of the two threads, the others are named on standard error. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner, fileRunner, type RunChild } from "../child.ts";

interface Program {
  readonly python: string;
  /** Uses `m`, the module of that code, and `outcome`, which gives what a call returned or the code of its error. */
  readonly body: string;
  readonly stdout: string;
}

const programs: Readonly<Record<string, Program>> = {
  "a lock that a thread holds while it calls JavaScript: the call raises, the lock is released": {
    python: `
      import threading
      lock, held, codes = threading.RLock(), threading.Event(), []
      def work(f):
          with lock:
              held.set()
              try:
                  f()
              except RuntimeError as error:
                  codes.append(error.code)
      def begin(f):
          thread = threading.Thread(target=work, args=(f,))
          thread.start()
          held.wait(10)
          with lock:
              return "locked"
    `,
    body: `console.log(outcome(() => m.begin(() => undefined)), [...m.codes].join());`,
    stdout: "locked would-deadlock\n",
  },
  "a handler of logging that calls JavaScript, while both threads log": {
    python: `
      import logging, threading
      codes, inside = [], threading.Event()
      class Handler(logging.Handler):
          def __init__(self, f):
              super().__init__()
              self.f = f
          def emit(self, record):
              if threading.current_thread().name != "logs":
                  return
              inside.set()
              try:
                  self.f(record.getMessage())
              except RuntimeError as error:
                  codes.append(error.code)
      def begin(f):
          logger = logging.getLogger("blocked")
          logger.propagate = False
          logger.setLevel("INFO")
          logger.addHandler(Handler(f))
          threading.Thread(target=lambda: logger.info("thread"), name="logs").start()
          inside.wait(10)
          logger.info("main")
          return "logged"
    `,
    body: `console.log(outcome(() => m.begin(() => undefined)), [...m.codes].join());`,
    stdout: "logged would-deadlock\n",
  },
  "a queue of C whose item comes from a thread that calls JavaScript": {
    python: `
      import queue, threading
      items = queue.SimpleQueue()
      def work(f):
          try:
              items.put(f())
          except RuntimeError as error:
              items.put(error.code)
      def begin(f):
          threading.Thread(target=work, args=(f,)).start()
          return items.get()
    `,
    body: `console.log(outcome(() => m.begin(() => "called")));`,
    stdout: "would-deadlock\n",
  },
  "a semaphore that a thread releases after it has called JavaScript": {
    python: `
      import threading
      semaphore = threading.Semaphore(0)
      def begin(f):
          threading.Thread(target=lambda: (f(), semaphore.release())).start()
          semaphore.acquire()
    `,
    body: `await new Promise((resolve) => console.log(outcome(() => m.begin(resolve))));`,
    stdout: "would-deadlock\n",
  },
  "an event loop on another thread that awaits an async function": {
    python: `
      import asyncio, threading
      def begin(f):
          loop = asyncio.new_event_loop()
          async def main():
              return await f()
          threading.Thread(target=loop.run_forever, daemon=True).start()
          return asyncio.run_coroutine_threadsafe(main(), loop).result()
    `,
    body: `await new Promise((resolve) => console.log(outcome(() => m.begin(async () => resolve()))));`,
    stdout: "would-deadlock\n",
  },
  "a lock that a thread holds for long": {
    python: `
      import threading, time
      lock, held = threading.Lock(), threading.Event()
      def work():
          with lock:
              held.set()
              time.sleep(0.5)
      def begin():
          threading.Thread(target=work).start()
          held.wait(10)
          with lock:
              return "locked"
    `,
    body: `console.log(outcome(() => m.begin()));`,
    stdout: "locked\n",
  },
  "the join of a thread that computes for long, while another one calls JavaScript": {
    python: `
      import threading, time
      def begin(f, done):
          def compute():
              end = time.monotonic() + 3
              while time.monotonic() < end:
                  sum(range(1000))
          worker = threading.Thread(target=compute)
          worker.start()
          threading.Thread(target=lambda: done(f())).start()
          worker.join()
          return "joined"
    `,
    body: `await new Promise((resolve) => console.log(outcome(() => m.begin(() => 7, (...values) => { console.log(...values); resolve(...values); }))));`,
    stdout: "joined\n7\n",
  },
};

const waits: Readonly<Record<string, string>> = {
  "a lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
  "a queue of C": "queue.SimpleQueue().get()",
  "an event loop that nothing stops": "asyncio.new_event_loop().run_forever()",
  "a socket that nobody answers": "a, b = socket.socketpair(); a.recv(1)",
  "a child process": "subprocess.run(['sleep', '20'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)",
};

const outcome = `const outcome = (call) => { try { return call(); } catch (error) { return error.code ?? error.value?.code ?? String(error); } };`;

/** Registers the tests of calls that block. */
export function runBlocked(capabilities: Capabilities): void {
  const { harness, child, program } = capabilities;
  harness.describe("calls that block", () => {
    const load = (code: string): string => `const m: any = api.python.fromCode(${JSON.stringify(code)}, "blocked.py", "blocked");`.replace("m: any", "m");
    const runners: [string, RunChild, (body: string) => string][] = [];
    if (has(child)) {
      const run = childRunner(capabilities);
      runners.push(["guest", run, (body) => body], ["thread", run, (body) => `api.init({ placement: "thread" }); ${body}`]);
    } else harness.skip(`guest and thread (${child.missing})`);
    if (has(program)) {
      const run = fileRunner(capabilities);
      runners.push(["main", (source, options) => run(source, [], options), (body) => `api.main(import.meta, async () => { ${body} });`]);
    } else harness.skip(`main (${program.missing})`);
    for (const [placement, run, inPlacement] of runners) {
      for (const [name, { python, body, stdout }] of Object.entries(programs)) {
        const source = inPlacement(
          `${load(python)} ${outcome.replace("(call)", placement === "main" ? "(call: any)" : "(call)").replace("catch (error)", placement === "main" ? "catch (error: any)" : "catch (error)")} ${body}`,
        );
        harness.test(`${placement}: ${name}`, async () => assertQuiet(await run(source), stdout), 40_000);
      }
      for (const [name, wait] of Object.entries(waits)) {
        const code = `import asyncio, queue, socket, subprocess, threading\ndef stuck():\n    ${wait}`;
        harness.test(
          `${placement}: a wait that nothing ends is named: ${name}`,
          async () => {
            const ended = await run(inPlacement(`${load(code)} m.stuck();`), {
              env: { INTERLOOP_WATCHDOG: "0.4" },
              onError: (text, process) => {
                if (text.includes("switches this message off")) process.kill("SIGKILL");
              },
            });
            assert.match(ended.stderr, /Python has blocked the thread of JavaScript for 0\.4 s: stuck\(\) waits.*\(blocked\.py, line 3/);
          },
          40_000,
        );
      }
    }
    if (has(child)) {
      const run = childRunner(capabilities);
      harness.test(
        "waits with a time limit, and calls that compute, are not named",
        async () => {
          const code = `import threading, time\ndef sleep():\n    time.sleep(1.2)\n    threading.Event().wait(1.2)\n    threading.Lock().acquire(timeout=0.6)\ndef compute():\n    end = time.monotonic() + 1.2\n    while time.monotonic() < end: pass`;
          assertQuiet(await run(`${load(code)} m.sleep(); m.compute(); console.log("ended");`, { env: { INTERLOOP_WATCHDOG: "0.4" } }), "ended\n");
        },
        40_000,
      );
    }
  });
}
