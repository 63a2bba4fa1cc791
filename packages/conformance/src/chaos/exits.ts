/** Programs that end at random: whatever runs at that moment, the end comes, with its status, without a crash, and nothing printed is lost. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { fileRunner, type Ended } from "../child.ts";
import { Random } from "./random.ts";

const python = `
import asyncio, os, signal, sys, threading, time
async def forever():
    while True:
        await asyncio.sleep(0.001)
async def call_forever(f):
    while True:
        await f()
async def rows():
    n = 0
    while True:
        n += 1
        await asyncio.sleep(0)
        yield n
def daemon():
    def work():
        while True:
            sum(range(50))
    threading.Thread(target=work, daemon=True).start()
def daemon_calls(f):
    def work():
        try:
            while True:
                f()
                time.sleep(0.0005)
        except Exception:
            pass  # the runtime has ended
    threading.Thread(target=work, daemon=True).start()
def in_executor(loop):
    loop.run_in_executor(None, time.sleep, 0.02)
async def serve():
    global server
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
def begun():
    print("begun")  # stays in Python's buffer
async def call_later(f, seconds):
    await asyncio.sleep(seconds)
    f()
async def in_thread(f):
    await asyncio.to_thread(f)
def call(f):
    f()
`;

// What goes on when the program ends.
const work: Readonly<Record<string, string>> = {
  nothing: "",
  "a Task": "api.intoPromise(m.forever()).catch(() => undefined);",
  "a Task that awaits JavaScript": "api.intoPromise(m.call_forever(() => new Promise((resolve) => setTimeout(resolve, 1)))).catch(() => undefined);",
  "a stream": "(async () => { for await (const row of api.intoAsyncIterable(m.rows())) void row; })().catch(() => undefined);",
  "a stream that was left early": "for await (const row of api.intoAsyncIterable(m.rows())) if (row === 3) break;",
  "a busy daemon thread": "m.daemon();",
  "a daemon thread that calls JavaScript": "m.daemon_calls(() => 1);",
  "a job in the executor": "m.in_executor(api.getCurrentLoop());",
  "a server": "await m.serve();",
  "a blocking job": 'api.spawnBlocking(api.python.import("time").sleep, 0.02).catch(() => undefined);',
  "a task of ours": "api.spawn(async () => { for (;;) await m.call_later(() => undefined, 0.001); });",
};

// How it ends, and the status or signal.
const endings: Readonly<Record<string, { readonly code: string; readonly status: number | string }>> = {
  "process.exit": { code: "process.exit(7);", status: 7 },
  "process.exit in a timer": { code: "setTimeout(() => process.exit(7), random);", status: 7 },
  "process.exit inside of a Task": { code: "m.call_later(() => process.exit(7), random / 1000).then(() => undefined);", status: 7 },
  "process.exit inside of a call": { code: "m.call(() => process.exit(7));", status: 7 },
  "process.exit in a function that a Python thread calls": { code: "m.in_thread(() => process.exit(7)).then(() => undefined);", status: 7 },
  "an uncaught error": { code: 'setTimeout(() => { throw new Error("the end"); }, random);', status: 1 },
  "a rejection that nobody handles": { code: 'void Promise.reject(new Error("the end"));', status: 1 },
  "an uncaught error of Python": { code: "api.python.exec(\"raise ValueError('the end')\");", status: 1 },
  "shutdown() and process.exit": { code: "await api.shutdown(); process.exit(7);", status: 7 },
  SIGTERM: { code: 'setTimeout(() => process.kill(process.pid, "SIGTERM"), random);', status: "SIGTERM" },
  SIGKILL: { code: 'setTimeout(() => process.kill(process.pid, "SIGKILL"), random);', status: "SIGKILL" },
};

/** Registers the test. INTERLOOP_CHAOS_SEED chooses the programs. */
export function runRandomExits(capabilities: Capabilities): void {
  const { harness, nightly, program } = capabilities;
  if (!has(program)) {
    harness.skip(`random ends of programs (${program.missing})`);
    return;
  }
  const run = fileRunner(capabilities);
  const count = nightly ? 300 : 16;
  const seed = Number(process.env["INTERLOOP_CHAOS_SEED"] ?? (nightly ? Date.now() % 1e6 : 5));

  for (const placement of ["guest", "thread"]) {
    harness.test(
      `${count} programs end at random in placement ${placement}, seed ${seed}`,
      async () => {
        const failures: string[] = [];
        for (let index = 0; index < count; index++) {
          const random = new Random(seed * 1_000_003 + index);
          const going = Array.from({ length: 1 + random.below(3) }, () => random.pick(Object.keys(work)));
          const ending = random.pick(Object.keys(endings));
          const what = `program ${index}: ${ending}, during ${going.join(", ")}`;
          const source = `
            const random = ${random.below(20)};
            api.init({ placement: "${placement}" });
            const m: any = api.python.fromCode(${JSON.stringify(python)}, "exits.py", "exits");
            m.begun();
            ${going.map((name) => work[name]).join("\n")}
            ${endings[ending]!.code}`;
          const failure = await run(source).then(
            (ended) => failureOf(ending, ended),
            (error: Error) => error.message,
          );
          if (failure !== undefined) failures.push(`${what}: ${failure}`);
        }
        assert.deepEqual(failures, []);
      },
      nightly ? 3_600_000 : 240_000,
    );
  }
}

function failureOf(ending: string, { status, signal, stdout, stderr }: Ended): string | undefined {
  const { status: wanted } = endings[ending]!;
  if ((signal ?? status) !== wanted) return `ended with ${signal ?? status} instead of ${wanted}\n${stderr}`;
  // A signal that Python does not handle ends a process at once, plain python3 too: its buffers are lost.
  return signal === null && stdout !== "begun\n" ? `printed ${JSON.stringify(stdout)}\n${stderr}` : undefined;
}
