/** Ctrl-C and SIGTERM, sent to the process and typed at a terminal. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import type { Capabilities } from "../capabilities.ts";
import { fileRunner, inFile, runProcess, type Ended } from "../child.ts";
import { ends, withMain } from "./program.ts";

/** Sends these signals, one whenever the program has said "ready" once more. */
function sending(...signals: NodeJS.Signals[]): (text: string, child: ChildProcess) => void {
  let sent = 0;
  return (text, child) => {
    // Not child.kill(): Deno then reports that signal as the end of the child, whatever that was, and sends no second one.
    if (text.split("ready").length - 1 > sent && sent < signals.length) process.kill(child.pid!, signals[sent++]);
  };
}

const cleanup = `
  signal.addEventListener("abort", () => console.log("aborted", signal.reason.name));
  try {
    await m.forever("ready");
  } catch (error: any) {
    // Where Python is when it comes decides which of the two it is.
    if (!["CancelledError", "KeyboardInterrupt"].includes(error.name)) throw error;
  } finally {
    await new Promise((resolve) => setTimeout(resolve, 10));
    console.log("js finally");
  }`;

function inOrder(ended: Ended, ...words: string[]): void {
  assert.deepEqual(ended.stdout.trim().split("\n").toSorted(), words.toSorted(), ended.stderr);
}

// A terminal of its own: it types Ctrl-C when the program is ready, and tells how that ended.
const terminal = `
import json, os, pty, sys
pid, master = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
output = b""
typed = False
while True:
    try:
        piece = os.read(master, 4096)
    except OSError:
        break
    if not piece:
        break
    output += piece
    if b"ready" in output and not typed:
        typed = True
        os.write(master, b"\\x03")
_, status = os.waitpid(pid, 0)
print(json.dumps({"output": output.decode(), "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None, "status": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None}))
`;

export function signals(capabilities: Capabilities): void {
  const { harness } = capabilities;
  const run = fileRunner(capabilities);

  for (const loop of ["asyncio", "uvloop", "interloop.GuestLoop"]) {
    harness.test(`Ctrl-C ends both sides in order, and the process by SIGINT: ${loop}`, async () => {
      const ended = await run(withMain(cleanup, `{ loop: "${loop}" }`), [], { onOutput: sending("SIGINT") });
      assert.deepEqual([ended.signal, ended.stderr], ["SIGINT", ""]);
      inOrder(ended, "ready", "python finally", "aborted AbortError", "js finally");
    });
  }

  harness.test("Ctrl-C is a KeyboardInterrupt where Python computes", async () => {
    const body = `await m.spin();`;
    const before = `api.python.exec("async def spin():\\n    try:\\n        print('ready', flush=True)\\n        while True: pass\\n    except KeyboardInterrupt:\\n        print('KeyboardInterrupt', threading.current_thread() is threading.main_thread(), flush=True)\\n        raise", m.__dict__);`;
    ends("SIGINT", "ready\nKeyboardInterrupt True\n")({ ...(await run(withMain(body, "{}", before), [], { onOutput: sending("SIGINT") })) });
  });

  harness.test("a second Ctrl-C ends the process at once", async () => {
    const body = `signal.addEventListener("abort", () => console.log("ready again")); await Promise.all([m.forever("ready"), m.stubborn()]);`;
    const ended = await run(withMain(body, "{ timeout: 3_600_000 }"), [], { onOutput: sending("SIGINT", "SIGINT") });
    assert.deepEqual([ended.signal ?? ended.status, ended.stderr], ["SIGINT", ""], ended.stdout);
    assert.match(ended.stdout, /^ready$[^]*^ready again$/m);
  });

  for (const loop of ["asyncio", "uvloop", "interloop.GuestLoop"]) {
    harness.test(`Ctrl-C while the loop takes over what JavaScript has begun: the promise and the loop hear of it: ${loop}`, async () => {
      const code = `
def interrupted(loop, coroutine, **options):
    loop.set_task_factory(None)
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        pass
async def prepare():
    asyncio.get_running_loop().set_task_factory(interrupted)
`;
      const body = `
        const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
        await m.prepare();
        try {
          await m.where();
        } catch (error: any) {
          console.log(error.name);
        }
        await aborted;
        console.log("aborted", signal.reason.name);`;
      const ended = await run(withMain(body, `{ loop: "${loop}" }`, `api.python.exec(${JSON.stringify(code)}, m.__dict__);`));
      // No Task was made, so the coroutine has not begun.
      ends("SIGINT", "KeyboardInterrupt\naborted AbortError\n", /^[^\n]*coroutine 'where' was never awaited\n[^\n]*\n$/)(ended);
    });
  }

  harness.test("a handler of the program's own takes Ctrl-C", async () => {
    const body = `await m.handle(); console.log("end");`;
    const before = `api.python.exec("async def handle():\\n    got = asyncio.Event()\\n    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, got.set)\\n    print('ready', flush=True)\\n    await got.wait()", m.__dict__);`;
    ends(0, "ready\nend\n")(await run(withMain(body, "{}", before), [], { onOutput: sending("SIGINT") }));
  });

  harness.test("SIGTERM ends the process", async () => {
    ends("SIGTERM", "ready\n")(await run(withMain(`await m.forever("ready");`), [], { onOutput: sending("SIGTERM") }));
  });

  harness.test("SIGTERM through add_signal_handler", async () => {
    const before = `api.python.exec("async def handle():\\n    got = asyncio.Event()\\n    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, got.set)\\n    print('ready', flush=True)\\n    await got.wait()\\n    return 'told'", m.__dict__);`;
    for (const loop of ["asyncio", "uvloop"]) {
      ends(0, "ready\ntold\n")(await run(withMain(`console.log(await m.handle());`, `{ loop: "${loop}" }`, before), [], { onOutput: sending("SIGTERM") }));
    }
  });

  harness.test("a handler set on JS's thread is refused by Python", async () => {
    const body = `try { api.python.import("signal").signal(15, 0); } catch (error: any) { console.log(error.name); }`;
    ends(0, "ValueError\n")(await run(withMain(body)));
  });

  harness.test("Ctrl-C typed at a terminal reaches the program and its children, once", async () => {
    const body = `
      const { spawn } = await import("node:child_process");
      const python = api.python.import("sys").executable;
      const child = spawn(python, ["-c", "import time\\ntry:\\n    print('up', flush=True)\\n    for _ in range(600): time.sleep(0.05)\\nexcept KeyboardInterrupt:\\n    print('child', flush=True)"], { stdio: ["ignore", "pipe", "inherit"] });
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text) => (said += text));
      const ended = new Promise((resolve) => child.stdout.once("end", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      try {
        console.log(process.stdout.isTTY, process.stdin.isTTY);
        await m.forever("ready");
      } finally {
        await ended;
        console.log("said:", said.replace("up", "").trim());
      }`;
    const ended = await inFile(capabilities, withMain(body), (command) => runProcess(capabilities, "python3", ["-c", terminal, ...command]));
    const told = JSON.parse(ended.stdout) as { output: string; signal: number | null };
    assert.equal(told.signal, 2, told.output);
    assert.match(told.output, /true true[^]*ready[^]*python finally[^]*said: child/);
  });
}
