/** Signals to which either language listens: who hears of them, and that each gets back what it had. */
import assert from "node:assert/strict";
import type { Capabilities } from "../capabilities.ts";
import { childRunner } from "../child.ts";

const python = `
import asyncio, multiprocessing, os, signal, subprocess, sys, time
def name(handler):
    return handler.name if isinstance(handler, signal.Handlers) else "host" if "JavaScript" in repr(handler) else "python"
def get(number):
    return name(signal.getsignal(number))
def take(number, told):
    global found
    found = signal.signal(number, lambda *_: told())
    return name(found)
def restore(number):
    return name(signal.signal(number, found))
def pass_on(number):
    before = signal.getsignal(number)
    def both(number, frame):
        print("python")
        before(number, frame)
    signal.signal(number, both)
def spin():
    try:
        print("ready", flush=True)
        while True: pass
    except KeyboardInterrupt:
        return "KeyboardInterrupt"
async def wait_for(number):
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(number, told.set)
    os.kill(os.getpid(), number)
    await told.wait()
    loop.remove_signal_handler(number)
    return "python" if get(number) == "python" else "given back"
async def wait_plainly(number):
    told = asyncio.Event()
    signal.signal(number, lambda *_: (asyncio.get_running_loop(), told.set()))
    os.kill(os.getpid(), number)
    await told.wait()
    return "told"
def fork_and_terminate():
    def wait(): time.sleep(3600)
    child = multiprocessing.get_context("fork").Process(target=wait)
    child.start()
    child.terminate()
    child.join()
    return child.exitcode
`;

// "told" settles when something has been told; a later turn of the loop shows that nothing else was.
const before = `
  api.python.exec(${JSON.stringify(python)});
  const py = api.python.eval;
  const { constants: { signals } } = await import("node:os");
  const { INT, TERM, USR2, ALRM, CHLD, HUP } = Object.fromEntries(Object.entries(signals).map(([name, number]) => [name.slice(3), number]));
  let heard = [], wake = () => undefined;
  const tell = (who) => () => { heard.push(who); wake(); };
  const told = async () => {
    const timer = setInterval(() => undefined, 1000);
    if (heard.length === 0) await new Promise((resolve) => { wake = resolve; });
    clearInterval(timer);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const who = heard.join();
    heard = [];
    return who;
  };
  const send = async (signal) => { process.kill(process.pid, signal); return await told(); };
  const js = tell("js"), python = tell("python");
  // Ends the program, if all is well.
  const end = async (signal) => { process.kill(process.pid, signal); await new Promise((resolve) => setTimeout(resolve, 10_000)); console.log("still there"); };
`;

interface Case {
  readonly name: string;
  readonly body: string;
  readonly stdout: string;
  /** By which it ends; 0 is by itself. */
  readonly ends?: "SIGTERM" | "SIGINT";
}

const cases: readonly Case[] = [
  {
    name: "Python reads SIG_DFL where nobody listens, and something to put back where JavaScript does",
    body: `console.log([INT, TERM, HUP, CHLD].map((signal) => py("get")(signal)).join());
      process.on("SIGTERM", js);
      console.log(py("get")(TERM), py("get")(TERM) === py("get")(TERM), py("signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM)) is signal.getsignal(signal.SIGTERM)"));
      console.log(await send("SIGTERM")); process.exit(0);`,
    stdout: "SIG_DFL,SIG_DFL,SIG_DFL,SIG_DFL\nhost true true\njs\n",
  },
  {
    name: "what Python restores is restored: a listener of JavaScript",
    body: `process.on("SIGTERM", js);
      console.log(py("take")(TERM, python), await send("SIGTERM"), py("restore")(TERM), await send("SIGTERM"));
      process.exit(0);`,
    stdout: "host python python js\n",
  },
  {
    name: "what Python restores is restored: the end of the process",
    body: `for (const signal of [TERM, HUP, USR2, INT]) { py("take")(signal, python); console.log(await send(signal), py("restore")(signal)); } await end("SIGINT");`,
    stdout: "python python\npython python\npython python\npython python\n",
    ends: "SIGINT",
  },
  {
    name: "a listener of JavaScript that leaves meanwhile is not put back",
    body: `process.on("SIGTERM", js); py("take")(TERM, python); process.removeListener("SIGTERM", js);
      console.log(await send("SIGTERM")); py("restore")(TERM); await end("SIGTERM");`,
    stdout: "python\n",
    ends: "SIGTERM",
  },
  {
    name: "a listener of JavaScript that comes meanwhile stays, and Python's comes forth when it leaves",
    body: `py("take")(TERM, python); process.on("SIGTERM", js);
      console.log(await send("SIGTERM"));
      process.removeListener("SIGTERM", js); console.log(await send("SIGTERM"));
      process.on("SIGTERM", js); py("restore")(TERM); console.log(await send("SIGTERM"));
      process.removeListener("SIGTERM", js); await end("SIGTERM");`,
    stdout: "js\npython\njs\n",
    ends: "SIGTERM",
  },
  {
    name: "a handler of Python hands on to JavaScript's, more than once",
    body: `process.on("SIGTERM", js); py("pass_on")(TERM); console.log(await send("SIGTERM"), await send("SIGTERM")); process.exit(0);`,
    stdout: "python\npython\njs js\n",
  },
  {
    name: "Python's handler runs while JavaScript waits",
    body: `for (const signal of [USR2, TERM, INT, HUP, ALRM]) { py("take")(signal, python); console.log(await send(signal)); }
      py("signal.setitimer(signal.ITIMER_REAL, 0.01)"); py("take")(ALRM, python); console.log(await told()); process.exit(0);`,
    stdout: "python\n".repeat(6),
  },
  {
    name: "Python's handler runs while a coroutine waits, with its loop running",
    body: `console.log(await py("wait_plainly")(USR2));`,
    stdout: "told\n",
  },
  {
    name: "handlers of the loop come and go, and leave what they found",
    body: `for (const signal of [TERM, INT, HUP, USR2]) console.log(await py("wait_for")(signal));
      process.on("SIGTERM", js); console.log(await py("wait_for")(TERM), await send("SIGTERM")); await end("SIGINT");`,
    stdout: `${"given back\n".repeat(4)}given back js\n`,
    ends: "SIGINT",
  },
  {
    name: "both hear of their children",
    body: `const { spawn } = await import("node:child_process");
      const child = () => new Promise((resolve) => spawn("true").on("exit", resolve));
      console.log(await child()); py("take")(CHLD, python);
      console.log(await child(), (await told()).includes("python"), await child(), (await told()).includes("python"));
      py("subprocess.run(['true'])"); console.log((await told()).includes("python"), await child()); process.exit(0);`,
    stdout: "0\n0 true 0 true\ntrue 0\n",
  },
  {
    name: "asyncio.run in a plain call leaves SIGINT alone",
    body: `console.log(py("asyncio.run(asyncio.sleep(0, 'ran'))"), py("get")(INT)); await end("SIGINT");`,
    stdout: "ran SIG_DFL\n",
    ends: "SIGINT",
  },
  {
    name: "a handler that cleans up and sends the signal again ends the process",
    body: `api.python.exec("def again(number, frame):\\n    print('clean', flush=True)\\n    signal.signal(number, signal.SIG_DFL)\\n    os.kill(os.getpid(), number)\\nsignal.signal(signal.SIGTERM, again)"); await end("SIGTERM");`,
    stdout: "clean\n",
    ends: "SIGTERM",
  },
  {
    name: "a forked child is not kept by listeners of JavaScript",
    body: `process.on("SIGTERM", js); console.log(py("fork_and_terminate")()); process.exit(0);`,
    stdout: "-15\n",
  },
];

export function signals(capabilities: Capabilities): void {
  const { harness } = capabilities;
  const run = childRunner(capabilities);
  for (const placement of ["guest", "thread"]) {
    for (const { name, body, stdout, ends } of cases) {
      // Only the main thread may take a signal, and that is not the loop's there.
      if (placement === "thread" && /wait_for|wait_plainly/.test(body)) continue;
      harness.test(`${name}: ${placement}`, async () => {
        const ended = await run(`api.init({ placement: "${placement}" }); ${before} ${body}`);
        assert.deepEqual([ended.stdout, ended.stderr], [stdout, ""]);
        const number = ends === undefined ? 0 : ends === "SIGINT" ? 130 : 143;
        assert.ok(ended.signal === (ends ?? null) || ended.status === number, `${ended.signal} ${ended.status}`);
      });
    }
  }

  harness.test("Ctrl-C is a KeyboardInterrupt in a computation, where Python has asked for it", async () => {
    const onOutput = (text: string, child: { readonly pid?: number | undefined }): void => {
      if (text === "ready\n") process.kill(child.pid!, "SIGINT");
    };
    const ended = await run(`${before} py("signal.signal(signal.SIGINT, signal.default_int_handler)"); console.log(py("spin")());`, { onOutput });
    assert.deepEqual([ended.stdout, ended.stderr, ended.status], ["ready\nKeyboardInterrupt\n", "", 0]);
  });

  harness.test("what a handler raises while JavaScript waits is an uncaught error", async () => {
    const source = `${before}
      const caught = (error) => { console.log(error.name); process.exit(7); };
      process.on("uncaughtException", caught);
      py("signal.signal(signal.SIGINT, signal.default_int_handler)");
      await end("SIGINT");`;
    const ended = await run(source);
    assert.deepEqual([ended.stdout, ended.status], ["KeyboardInterrupt\n", 7]);
  });
}
