/** What is pending in Python can be asked, and need not keep a program alive. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner } from "../child.ts";

const python = `
import asyncio, threading
stop = threading.Event()
async def start():
    global server, task
    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    loop.call_later(3600, print)
    task = asyncio.ensure_future(asyncio.sleep(3600))
    threading.Thread(target=stop.wait, name="waits").start()
    loop.run_in_executor(None, stop.wait)
async def forever():
    await asyncio.sleep(3600)
async def grpc_server():
    import grpc.aio
    global server
    server = grpc.aio.server()
    server.add_insecure_port("127.0.0.1:0")
    await server.start()
async def grpc_stop():
    await server.stop(0)
async def grpc_channel():
    import grpc.aio
    global channel
    channel = grpc.aio.insecure_channel("127.0.0.1:1")
async def grpc_close():
    await channel.close()
`;

const setUp = `const m = api.python.fromCode(${JSON.stringify(python)}, "pending.py", "pending");`;

const programs: Readonly<Record<string, readonly [source: string, stdout: string]>> = {
  "what is pending is listed, with where it was made": [
    `${setUp}
      await m.start();
      m.forever().then(undefined, () => undefined);
      const seen = api.python.pending();
      const one = (kind, text) => seen.find((each) => each.kind === kind && each.what.includes(text));
      for (const [kind, text] of [["reader", "accept"], ["timer", "print"], ["task", "Task-"], ["task", "forever"], ["thread", "waits"], ["job", ""]]) console.log(kind, one(kind, text)?.keepsAlive);
      console.log(/pending.py:10$/.test(one("thread", "waits").where), /pending.py:13$/.test(one("task", "forever").where));
      if (typeof process.getActiveResourcesInfo === "function") {
        const names = process.getActiveResourcesInfo();
        console.log(["PythonReader", "PythonTimer", "PythonTask", "PythonThread", "PythonJob"].every((name) => names.includes(name)));
      } else console.log(true);
      m.stop.set();
      api.python.unref();`,
    "reader true\ntimer true\ntask false\ntask true\nthread true\njob true\ntrue true\ntrue\n",
  ],
  "in debug mode asyncio knows where timers were made": [
    `api.python.exec("import os\\nos.environ['PYTHONASYNCIODEBUG'] = '1'"); ${setUp}
      const loop = api.getCurrentLoop();
      loop.set_debug(true);
      const timer = m.__dict__ && api.python.fromCode("def later(loop):\\n    return loop.call_later(3600, print)", "made.py", "made").later(loop);
      console.log(api.python.pending().find((each) => each.kind === "timer").where);
      timer.cancel();
      console.log(api.python.pending().length);`,
    "made.py:2\n0\n",
  ],
  "nothing is pending in the beginning, nor after shutdown()": [
    `${setUp}
      console.log(api.python.pending().length);
      m.forever().then(undefined, () => undefined);
      console.log(api.python.pending().length);
      await api.shutdown();
      console.log(api.python.pending().length);`,
    "0\n2\n0\n",
  ],
  "unref() lets the program end, and can be taken back": [
    `${setUp}
      api.python.unref();
      setTimeout(() => api.python.unref(false), 1);
      api.python.import("asyncio").sleep(0.1).then(() => { console.log("slept"); api.python.unref(); return m.forever(); }).then(undefined, () => undefined);
      await new Promise((resolve) => setTimeout(resolve, 5));`,
    "slept\n",
  ],
  "a channel of grpc.aio keeps nothing alive, open or closed": [
    `${setUp} await m.grpc_channel(); console.log("open"); await m.grpc_close(); console.log("closed"); await m.grpc_channel();`,
    "open\nclosed\n",
  ],
  "a server of grpc.aio keeps the process alive until it is stopped": [
    `${setUp}
      await m.grpc_server();
      console.log("started");
      setTimeout(() => m.grpc_stop().then(() => console.log("stopped")), 100).unref();`,
    "started\nstopped\n",
  ],
};

/** Registers the tests of what is pending. */
export function runPending(capabilities: Capabilities): void {
  const { harness, child } = capabilities;
  harness.describe("what is pending", () => {
    if (!has(child)) {
      harness.skip(`programs (${child.missing})`);
      return;
    }
    const run = childRunner(capabilities);
    for (const [name, [source, stdout]] of Object.entries(programs)) harness.test(name, async () => assertQuiet(await run(source), stdout), 40_000);
    for (const [name, wait] of [
      ["a lock", "threading.Event().wait()"],
      ["the event loop", "loop.run_until_complete(loop.create_future())"],
    ] as const) {
      harness.test(
        `a wait that nothing ends is named: ${name}`,
        async () => {
          const code = `import threading\ndef stuck(loop):\n    ${wait}`;
          const source = `const m = api.python.fromCode(${JSON.stringify(code)}, "stuck.py", "stuck"); m.stuck(api.getCurrentLoop());`;
          const ended = await run(source, {
            env: { INTERLOOP_WATCHDOG: "0.2" },
            onError: (text, process) => {
              if (text.includes("stuck.py, line 3")) process.kill("SIGKILL");
            },
          });
          assert.match(ended.stderr, /Python has blocked the thread of JavaScript for 0\.2 s: stuck\(\) waits in .*\(stuck\.py, line 3/);
        },
        40_000,
      );
    }
    harness.test(
      "a namespace may have any number of names",
      async () => {
        const ended = await run(
          `api.python.exec("print(k0 + k99999)", Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => ["k" + index, index])));`,
        );
        assertQuiet(ended, "99999\n");
        assert.equal(ended.status, 0);
      },
      40_000,
    );
  });
}
