/** Processes that Python forks: they have no JavaScript and say so, do what Python does by itself, and end as `python3` would. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { has, type Capabilities } from "../capabilities.ts";
import { childRunner, commandRunner, fileRunner, type Ended } from "../child.ts";

interface Fork {
  /** An expression of forks.py; awaited where it gives something that can be. */
  readonly run: string;
  /** What the child prints, and the answer of the parent. */
  readonly stdout: string;
  readonly stderr?: RegExp;
}

const forked = "InterloopError forked";
const refusals = [
  ...["call", "attribute", "assignment", "items", "length"].map((use) => `${use}: ${forked}`),
  "repr: <JavaScript value of the parent process>",
  "truth: True",
  "memory: b'\\x01\\x02'",
  `awaited promise ${forked}`,
  `awaited async_f ${forked}`,
  `thread: ${forked}`,
].join("\n");

const ways = ["plain", "in_task", "in_inner_task", "process"] as const;

/** How a child that does this ends, however it was forked: what it prints, and its status. */
const bodies: readonly { readonly body: string; readonly stdout?: string; readonly status: string; readonly stderr?: RegExp }[] = [
  { body: "returns", status: "exit 0" },
  { body: "exits", status: "exit 3" },
  { body: "exits_with_text", status: "exit 1", stderr: /words of the child/ },
  { body: "raises", status: "exit 1", stderr: /in raises[^]*ValueError: raised in the child/ },
  { body: "interrupts", status: "signal 2", stderr: /KeyboardInterrupt/ },
  { body: "exits_at_once", stdout: "at once", status: "exit 4" },
  { body: "prints", stdout: "printed once", status: "exit 0" },
  { body: "runs_a_loop", stdout: "[0, 1, 2]\nby itself", status: "exit 0" },
  { body: "registers", stdout: "thread\natexit", status: "exit 0" },
  { body: "forks", stdout: "grandchild exit 7", status: "exit 5" },
  { body: "uses_js", stdout: refusals, status: "exit 0" },
];

// multiprocessing ends its children itself: it has its own word for the status, and runs no atexit handlers in them.
function inProcess(body: string, status: string): string {
  if (body === "interrupts") return "1";
  return status.replace("exit ", "");
}

const crossed: readonly Fork[] = ways.flatMap((way) =>
  bodies.map(({ body, stdout, status, stderr }) => {
    const ends = way === "process" ? inProcess(body, status) : status;
    const prints = way === "process" && body === "registers" ? "thread" : stdout;
    return { run: `${way}(${body})`, stdout: `${prints === undefined ? "" : `${prints}\n`}${ends}\n`, ...(stderr && { stderr }) };
  }),
);

const others: readonly Fork[] = [
  { run: "that_awaits()", stdout: "exit 1\n", stderr: /RuntimeError: no running event loop/ },
  { run: "terminated()", stdout: "-15\n" },
  { run: "pool()", stdout: "[0, 1, 4, 9]\n" },
  { run: "executor()", stdout: "[0, 1, 4, 9]\n" },
  { run: "before_exec()", stdout: "0\n" },
  { run: "before_exec_with_js()", stdout: "SubprocessError Exception occurred in preexec_fn.\n" },
  { run: "terminal()", stdout: "on a terminal, exit 6\n" },
  { run: "many(20, js['async_f'])", stdout: "[20, 20]\n" },
];

const python = readFileSync(fileURLToPath(new URL("./forks.py", import.meta.url)), "utf8");

const prelude = `
  const m = api.python.fromCode(${JSON.stringify(python)}, "forks.py", "forks");
  // An object of its own class: a plain one would cross as data.
  class Thing { x = 1; }
  const values = { f: (n) => n + 1, async_f: async () => 1, object: new Thing(), array: new Thing(), promise: new Promise(() => undefined), memory: new Uint8Array([1, 2]) };
  for (const [name, value] of Object.entries(values)) api.python.setItem(m.js, name, value);
  // Taken before the fork: the child has a copy of the memory.
  api.python.setItem(m.js, "view", api.python.import("builtins").memoryview(values.memory));
`;
const body = (run: string): string => `m.tell(await api.python.eval(${JSON.stringify(run)}, api.python.eval("vars")(m)));`;

function check(ended: Ended, fork: Fork): void {
  assert.deepEqual([ended.status, ended.signal, ended.stdout], [0, null, fork.stdout], ended.stderr);
  if (fork.stderr === undefined) assert.equal(ended.stderr, "");
  else assert.match(ended.stderr, fork.stderr);
}

const program = `
import asyncio, atexit, os, sys
main = os.getpid()
atexit.register(lambda: print("atexit of the", "parent" if os.getpid() == main else "child"))
pid = os.fork()
if pid == 0:
    if sys.argv[1] == "exit":
        sys.exit(3)
    if sys.argv[1] == "raise":
        raise ValueError("raised in the child")
    if sys.argv[1] == "run":
        print(asyncio.run(asyncio.sleep(0.01, "ran")))
else:
    status = os.waitpid(pid, 0)[1]
    print("status", os.WEXITSTATUS(status))
print("end of the", "parent" if os.getpid() == main else "child")
`;
const rest = "end of the parent\natexit of the parent\n";
const programs: readonly (Fork & { readonly run: "exit" | "raise" | "run" | "nothing" })[] = [
  { run: "exit", stdout: `atexit of the child\nstatus 3\n${rest}` },
  { run: "raise", stdout: `atexit of the child\nstatus 1\n${rest}`, stderr: /ValueError: raised in the child/ },
  { run: "run", stdout: `ran\nend of the child\natexit of the child\nstatus 0\n${rest}` },
  { run: "nothing", stdout: `end of the child\natexit of the child\nstatus 0\n${rest}` },
];

/** Registers the tests. */
export function runForks(capabilities: Capabilities): void {
  const { harness, child, program: file, command } = capabilities;
  const options = { deadline: 60_000 };
  const all = [...crossed, ...others];
  if (has(child)) {
    const run = childRunner(capabilities);
    for (const [placement, before] of [
      ["guest", ""],
      ["thread", `api.init({ placement: "thread" });`],
    ] as const) {
      harness.describe(`forks in placement ${placement}`, () => {
        // The loop of a thread is asyncio's own, and does not matter to a plain call or to multiprocessing.
        const chosen = placement === "guest" ? all : all.filter((fork) => /^(in_|that_|executor|many)/.test(fork.run));
        for (const fork of chosen) harness.test(fork.run, async () => check(await run(`${before}${prelude}${body(fork.run)}`, options), fork), 80_000);
      });
    }
  }
  if (has(file)) {
    const run = fileRunner(capabilities);
    harness.describe("forks in placement main", () => {
      for (const fork of all.filter(({ run: expression }) => /^(plain|in_task|that_)|^many/.test(expression))) {
        const source = `api.main(import.meta, async () => { ${prelude}${body(fork.run)} });`;
        harness.test(fork.run, async () => check(await run(source, [], options), fork), 80_000);
      }
    });
  }
  if (has(command)) {
    const run = commandRunner(capabilities);
    harness.describe("forks of a Python program", () => {
      const environment = { PYTHONWARNINGS: "ignore::DeprecationWarning" };
      for (const fork of programs) {
        harness.test(fork.run, async () => check(await run(["-c", program, fork.run], { ...options, env: environment }), fork), 80_000);
      }
    });
  }
}
