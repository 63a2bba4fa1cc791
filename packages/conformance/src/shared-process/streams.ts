/** Standard input and output, which Python and JavaScript use side by side: pipes, slow readers, closed readers. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { has, type Capabilities } from "../capabilities.ts";
import { childRunner, fileRunner, type Ended } from "../child.ts";
import { withMain } from "../main/program.ts";

const py = (code: string): string => `api.python.exec(${JSON.stringify(code)}); const py = api.python.eval;`;

interface Slow {
  readonly env?: Readonly<Record<string, string>>;
  /** What is written to its input, a piece whenever it has said "next" once more. */
  readonly input?: readonly string[];
  /** Nothing is read from its output before it says "full" on stderr; false: as it comes. */
  readonly waits?: boolean;
}

/** Runs a program on pipes whose reader and writer take their time. */
function runSlow(capabilities: Capabilities, args: readonly string[], { env = {}, input = [], waits = false }: Slow = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const sources = { DENO_CONDITIONS: "@interloop/source" };
    const merged = { ...process.env, NODE_OPTIONS: "", FORCE_COLOR: undefined, NO_COLOR: "1", PYTHONUNBUFFERED: undefined, ...sources, ...env };
    const child = spawn(process.execPath, args, { env: merged, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    const pieces = [...input];
    const feed = (): void => {
      const asked = `${stdout}${stderr}`.split("next").length - 1;
      while (input.length - pieces.length < asked && pieces.length > 0) child.stdin.write(pieces.shift()!);
      if (pieces.length === 0) child.stdin.end();
    };
    child.stdin.on("error", () => undefined);
    feed();
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      feed();
    });
    if (waits) child.stdout.pause();
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (stderr.includes("full")) child.stdout.resume();
      feed();
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000 * capabilities.patience);
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stdout, stderr });
    });
  });
}

// Fills the pipe, whatever it holds, and says so when the printing stands still: only then is it read.
const fill = `
import os, sys, threading, time
def fill():
    printed, ends = [0], []
    def watch():
        seen, still = 0, 0
        while not ends and still < 20:
            time.sleep(0.01)
            seen, still = printed[0], still + 1 if seen == printed[0] else 0
        print("full", file=sys.stderr, flush=True)
    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(200):
        print(str(number % 10) * 9999)
        printed[0] += 1
    ends.append(True)
    watcher.join()
`;

const lines = Array.from({ length: 200 }, (_, number) => `${String(number % 10).repeat(9999)}\n`).join("");

const inOrder = `
  console.log("js 1");
  py("print('py 2')");
  process.stdout.write("js 3 ");
  py("sys.stdout.write('py 4 ')");
  console.log("js 5");
  py("call")(() => process.stdout.write("js 7 "));
  await py("later")(async () => { process.stdout.write("js 10 "); });
  process.stdout.write("js 12\\n");
  py("sys.stdout.buffer.write(b'py 13 ')");
  process.stdout.write("J".repeat(300_000) + "\\n");
  py("print('P' * 300_000)");
  console.log("L".repeat(300_000));
  py("subprocess.run(['sh', '-c', \\"echo child; printf %300000s | tr ' ' c; echo\\"])");
  py("in_thread")();
  console.log("js 15");
  py("sys.stdout.write('py 16')");`;

const inOrderPython = `
import asyncio, subprocess, sys, threading
def call(f):
    sys.stdout.write("py 6 ")
    f()
    sys.stdout.write("py 8\\n")
async def later(f):
    sys.stdout.write("py 9 ")
    await f()
    await asyncio.sleep(0)
    sys.stdout.write("py 11 ")
def in_thread():
    thread = threading.Thread(target=print, args=("py 14",))
    thread.start()
    thread.join()
`;

const long = (letter: string): string => letter.repeat(300_000);
const ordered = [
  "js 1\npy 2\njs 3 py 4 js 5\npy 6 js 7 py 8\npy 9 js 10 py 11 js 12\n",
  `py 13 ${long("J")}\n${long("P")}\n${long("L")}\nchild\n${long("c")}\npy 14\njs 15\npy 16`,
].join("");

/** Says where the two differ: each is longer than anybody wants to read. */
function same(got: string, wanted: string): void {
  if (got === wanted) return;
  let at = 0;
  while (at < got.length && got[at] === wanted[at]) at++;
  const near = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));
  assert.fail(`at ${at} of ${wanted.length} (${got.length} came): ${near(got)}, not ${near(wanted)}`);
}

export function streams(capabilities: Capabilities): void {
  const { harness } = capabilities;
  const { child, command } = capabilities;
  if (!has(child) || !has(command)) return;
  const test = (name: string, body: () => Promise<void>): void => harness.test(name, body, 90_000);
  const run = childRunner(capabilities);
  const runFile = fileRunner(capabilities);
  const modes = [{}, { PYTHONUNBUFFERED: "1" }] as const;

  for (const env of modes) {
    const unbuffered = "PYTHONUNBUFFERED" in env ? ", unbuffered" : "";
    test(`output of both languages, and of children, keeps its order${unbuffered}`, async () => {
      for (const placement of ["guest", "thread"]) {
        const source = `api.init({ placement: "${placement}" }); ${py(inOrderPython)} ${inOrder}`;
        const ended = await run(source, { env });
        assert.deepEqual([ended.status, ended.stderr], [0, ""]);
        same(ended.stdout, ordered);
      }
    });

    test(`a slow reader gets all that Python prints${unbuffered}`, async () => {
      const embedded = await runSlow(capabilities, child(`${py(fill)} py("fill")();`), { env, waits: true });
      assert.deepEqual([embedded.status, embedded.stderr], [0, "full\n"]);
      same(embedded.stdout, lines);
      const program = await runSlow(capabilities, [...command, "-c", `${fill}\nfill()`], { env, waits: true });
      assert.deepEqual([program.status, program.stderr], [0, "full\n"]);
      same(program.stdout, lines);
    });
  }

  test("output of both languages keeps its order where Python has the main thread", async () => {
    const ended = await runFile(withMain(`${py(inOrderPython)} ${inOrder}`));
    assert.deepEqual([ended.status, ended.stderr], [0, ""]);
    same(ended.stdout, ordered);
  });

  test("a descriptor that somebody else makes non-blocking loses nothing", async () => {
    const code = `${fill}\nos.set_blocking(1, False)\nfill()`;
    const ended = await runSlow(capabilities, child(py(code)), { waits: true });
    assert.equal(ended.status, 0, ended.stderr);
    same(ended.stdout, lines);
  });

  test("a write to a reader that has gone is a BrokenPipeError", async () => {
    const source = `${py(`
import os, sys
def broken():
    reading, writing = os.pipe()
    os.dup2(writing, 1)
    os.close(writing)
    os.close(reading)
    for attempt in range(2):
        try:
            print("nobody reads this", flush=True)
        except BrokenPipeError as error:
            print(type(error).__name__, file=sys.stderr)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)`)} py("broken")(); py("print('lost')"); console.error("still here");`;
    const ended = await run(source);
    assert.deepEqual([ended.status, ended.stderr], [0, "BrokenPipeError\nBrokenPipeError\nstill here\n"]);
  });

  test("the streams are what Python's own are", async () => {
    const code =
      "import sys\nprint([(s.name, s.mode, s.encoding, s.errors, s.fileno(), s.line_buffering, s.isatty()) for s in (sys.stdin, sys.stdout, sys.stderr)])";
    const plain = `import subprocess, sys\nown = subprocess.run([sys.executable, "-X", "utf8", "-c", ${JSON.stringify(code)}], capture_output=True, text=True).stdout`;
    const wanted = await run(`api.python.exec(${JSON.stringify(plain)}); process.stdout.write(api.python.eval("own"));`);
    const got = await run(`api.python.exec(${JSON.stringify(code)});`);
    assert.deepEqual([got.stdout, got.stderr], [wanted.stdout, ""]);
    assert.match(got.stdout, /<stdin>.*<stdout>.*<stderr>/);
  });

  const reads: readonly (readonly [what: string, code: string, pieces: readonly string[], wanted: string])[] = [
    ["input() with a prompt", "[input('next? '), input('next? ')]", ["one\n", "two\nrest"], "['one', 'two']"],
    ["readline", "[sys.stdin.readline(), ask() or sys.stdin.readline()]", ["one\n", "two\n"], "['one\\n', 'two\\n']"],
    ["iteration", "[line for line in sys.stdin]", ["one\n", "two\nthree"], "['one\\n', 'two\\n', 'three']"],
    ["read", "len(sys.stdin.read())", ["x".repeat(65_536), "y".repeat(65_536)], "131072"],
    [
      "the bytes",
      "[sys.stdin.buffer.read(3), sys.stdin.buffer.readline(), len(sys.stdin.buffer.read())]",
      ["one two\n", "z".repeat(100_000)],
      "[b'one', b' two\\n', 100000]",
    ],
    ["the descriptor", "os.read(0, 3)", ["one"], "b'one'"],
    ["a file on the descriptor", "open(0, closefd=False).read()", ["one ", "two"], "'one two'"],
    ["a child", "subprocess.run(['cat'], stdout=subprocess.PIPE).stdout", ["one ", "two"], "b'one two'"],
  ];
  test("Python waits for what it reads from a pipe", async () => {
    for (const [what, code, pieces, wanted] of reads) {
      // What it does not ask for comes when it has begun.
      const before = "import os, subprocess, sys\\ndef ask():\\n    print('next', file=sys.stderr, flush=True)";
      const asks = Array.from({ length: code.includes("next?") ? 0 : code.includes("ask()") ? 1 : pieces.length }, () => "ask()").join(";");
      const source = `api.python.exec("${before}"); api.python.exec("${asks}"); console.log("=" + api.python.eval(${JSON.stringify(`repr(${code})`)}));`;
      const embedded = await runSlow(capabilities, child(source), { input: pieces });
      assert.equal(embedded.stdout.split("=")[1], `${wanted}\n`, `${what}: ${embedded.stderr}`);
      const program = await runSlow(capabilities, [...command, "-c", `${before.replaceAll("\\n", "\n")}\n${asks}\nprint("=" + repr(${code}))`], {
        input: pieces,
      });
      assert.equal(program.stdout.split("=")[1], `${wanted}\n`, `${what}, as a program: ${program.stderr}`);
    }
  });

  test("both languages read standard input, one after the other", async () => {
    const source = `
      const piece = () => new Promise((resolve) => process.stdin.once("data", (data) => { process.stdin.pause(); resolve(String(data)); }));
      api.python.exec("import sys");
      console.error("next");
      console.log("js", JSON.stringify(await piece()));
      console.error("next");
      console.log("py", api.python.eval("repr(sys.stdin.readline())"));
      console.error("next");
      process.stdin.resume();
      console.log("js", JSON.stringify(await piece()));
      process.exit(0);`;
    const ended = await runSlow(capabilities, child(source), { input: ["one\n", "two\n", "three\n"] });
    assert.deepEqual([ended.stdout, ended.status], [`js "one\\n"\npy 'two\\n'\njs "three\\n"\n`, 0]);
  });

  test("asyncio reads standard input, and JavaScript goes on", async () => {
    const code = `
import asyncio, sys
async def read():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("next", file=sys.stderr, flush=True)
    return len(await reader.read())`;
    const source = `${py(code)} const reading = py("read")(); setTimeout(() => console.error("next"), 1); console.log(await reading);`;
    const ended = await runSlow(capabilities, child(source), { input: ["x".repeat(65_536), "y".repeat(65_536)] });
    assert.deepEqual([ended.stdout, ended.status], ["131072\n", 0]);
  });

  test("JavaScript reads standard input while Python prints and has children", async () => {
    const source = `
      let count = 0;
      process.stdin.on("data", (data) => { count += data.length; });
      process.stdin.on("end", () => console.log("\\njs", count));
      ${py("import subprocess, sys")}
      console.error("next");
      py("print('p' * 100_000)");
      py("subprocess.run(['sh', '-c', \\"printf %100000s | tr ' ' c\\"])");
      console.error("next");`;
    const ended = await runSlow(capabilities, child(source), { input: ["x".repeat(65_536), "y".repeat(65_536)] });
    same(ended.stdout, `${"p".repeat(100_000)}\n${"c".repeat(100_000)}\njs 131072\n`);
  });
}
