/** Python programs as hosts: the adapter's command runs them as `python3` does, and they import TypeScript. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { has, type Capabilities } from "../capabilities.ts";
import { commandRunner, runProcess, type ChildOptions, type Ended } from "../child.ts";
import { cases, files as programs } from "./cases.ts";

const modules: Readonly<Record<string, string>> = {
  "package.json": '{ "type": "module" }',
  "native_module.ts": `/** Sleep, and say so. */
export async function js_sleep(seconds: number): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  return "slept";
}
export async function fail(): Promise<never> { throw new RangeError("from TypeScript"); }
export function add(a: number, b: number): number { return a + b; }
export const waited: string = await new Promise((resolve) => setTimeout(resolve, 1, "waited"));
export let calls: number = 0;
export function call(): void { calls++; }
export class Point { readonly x: number; constructor(x: number) { this.x = x; } plus(x: number): Point { return new Point(this.x + x); } async later(): Promise<Point> { await null; return this; } }
export function exit(status: number): void { setTimeout(() => process.exit(status), 1); }
export function crash(): void { setTimeout(() => { throw new Error("nobody caught this"); }, 1); }
`,
  "syntax_error.ts": "export const x = = 1;",
  "throws.ts": "throw new RangeError('while loading');",
};

const shared = fileURLToPath(new URL("terminal.py", import.meta.url));
const wheelSource = fileURLToPath(new URL("../../../../native/python", import.meta.url));

/** Registers the tests of programs. */
export function runPrograms(capabilities: Capabilities): void {
  const { harness, command } = capabilities;
  if (!has(command)) {
    harness.skip(`programs (${command.missing})`);
    return;
  }
  const run = commandRunner(capabilities);
  let folder = "";
  let python = "";

  /** The folder of the programs, and the Python that both sides use. */
  const prepare = async (): Promise<void> => {
    if (python !== "") return;
    folder = realpathSync(mkdtempSync(join(tmpdir(), "interloop-programs-")));
    for (const [name, text] of Object.entries({ ...programs, ...modules })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const report = JSON.parse((await run(["doctor", "--json"])).stdout) as { python: { executable: string } };
    python = report.python.executable;
  };
  const here = (options: ChildOptions = {}): ChildOptions => ({
    cwd: folder,
    ...options,
    env: { INTERLOOP_PYTHON: python, PYTHONDONTWRITEBYTECODE: "1", ...options.env },
  });
  const test = (name: string, body: () => Promise<void>, timeout = 60_000): void =>
    harness.test(
      name,
      async () => {
        await prepare();
        await body();
      },
      timeout,
    );
  const interpret = (source: string, options?: ChildOptions): Promise<Ended> => run(["-c", source], here(options));
  const prints = async (source: string, stdout: string): Promise<void> =>
    assert.deepEqual({ ...(await interpret(source)) }, { status: 0, signal: null, stdout, stderr: "" });

  for (const { name, args, input } of cases) {
    test(`as python3: ${name}`, async () => {
      const options = here(input === undefined ? {} : { input });
      const [mine, theirs] = await Promise.all([run(args, options), runProcess(capabilities, python, args, options)]);
      assert.deepEqual({ ...mine }, { ...theirs });
    });
  }

  test("asyncio.run of an async function of TypeScript, and of those that await it", () =>
    prints(
      `import asyncio, native_module
print(asyncio.run(native_module.js_sleep(0.01)))
async def main():
    return await asyncio.gather(native_module.js_sleep(0.01), asyncio.wait_for(native_module.js_sleep(0.01), 5))
for _ in range(2):
    print(asyncio.run(main()))`,
      "slept\n['slept', 'slept']\n['slept', 'slept']\n",
    ));

  test("the same on uvloop, installed first", () =>
    prints(
      `import asyncio, uvloop, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # policies are deprecated from Python 3.14 on
asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
import native_module
async def main():
    return type(asyncio.get_running_loop()).__module__, await native_module.js_sleep(0.01)
print(asyncio.run(main()))`,
      "('uvloop', 'slept')\n",
    ));

  test("functions, classes, constants, top-level await, live bindings, docstrings", () =>
    prints(
      `import native_module as m
print(m.add(1, 2), m.waited, type(m.Point).__name__, m.js_sleep.__doc__)
before = m.calls
m.call()
print(before, m.calls, m.__all__)`,
      "3 waited JsClass Sleep, and say so.\n0 1 ['Point', 'add', 'call', 'calls', 'crash', 'exit', 'fail', 'js_sleep', 'waited']\n",
    ));

  test("instances of a class, their attributes and methods, on Python's own thread", () =>
    prints(
      `import asyncio, native_module as m
point = m.Point(3)
print(point.x, point.plus(4).x, point == point.plus(0), asyncio.run(point.later()) is not None)
async def main():
    task = asyncio.create_task(point.later())
    return (await task).x, (await asyncio.gather(*[point.plus(n).later() for n in range(3)]))[2].x
print(asyncio.run(main()))
try:
    point.nothing
except AttributeError as error:
    print("AttributeError")`,
      "3 7 False True\n(3, 5)\nAttributeError\n",
    ));

  test("errors of TypeScript, while loading and later", () =>
    prints(
      `import asyncio, interloop, native_module
for name in ("syntax_error", "throws", "nowhere_at_all"):
    try:
        __import__(name)
    except ImportError as error:
        print(name, type(error).__name__, isinstance(error.__cause__, interloop.JsError))
try:
    asyncio.run(native_module.fail())
except interloop.JsError as error:
    print(error)`,
      "syntax_error ImportError True\nthrows ImportError True\nnowhere_at_all ModuleNotFoundError False\nRangeError: from TypeScript\n",
    ));

  test("a function of TypeScript is cancelled with what awaits it", () =>
    prints(
      `import asyncio, native_module
async def main():
    try:
        await asyncio.wait_for(native_module.js_sleep(3600), 0.05)
    except asyncio.TimeoutError:
        print("timed out")
asyncio.run(main())`,
      "timed out\n",
    ));

  test("a spawned process imports TypeScript, too", async () => {
    writeFileSync(
      join(folder, "spawns_ts.py"),
      `import multiprocessing
import native_module

def add(x):
    return native_module.add(x, 1)

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(add, [1, 2]))
`,
    );
    assert.deepEqual({ ...(await run(["spawns_ts.py"], here())) }, { status: 0, signal: null, stdout: "[2, 3]\n", stderr: "" });
  });

  test("process.exit() in TypeScript ends the program, flushed and with its atexit handlers", async () => {
    const ended = await interpret(
      "import atexit, native_module, time\natexit.register(print, 'at exit')\nprint('before')\nnative_module.exit(7)\ntime.sleep(30)",
    );
    assert.deepEqual({ ...ended }, { status: 7, signal: null, stdout: "before\nat exit\n", stderr: "" });
  });

  test("an error that nobody catches in TypeScript ends the program and is shown", async () => {
    const { status, signal, stderr } = await interpret("import native_module, time\nnative_module.crash()\ntime.sleep(30)");
    assert.deepEqual([status, signal], [1, null]);
    assert.match(stderr, /nobody caught this/);
  });

  for (const { signal, status } of [
    { signal: "SIGINT", status: null },
    { signal: "SIGTERM", status: null },
  ] as const) {
    test(`${signal}, as python3`, async () => {
      // A signal that comes just before a sleep is heard of when that is over, in python3 as well.
      const source =
        "import sys, time\ntry:\n    print('ready', flush=True)\n    for _ in range(600): time.sleep(0.05)\nfinally:\n    print('finally', flush=True)\n";
      const options = (): ChildOptions => here({ onOutput: (text, child) => void (text === "ready\n" && child.kill(signal)) });
      const [mine, theirs] = await Promise.all([run(["-c", source], options()), runProcess(capabilities, python, ["-c", source], options())]);
      assert.deepEqual([mine.status, mine.signal, mine.stdout], [status, signal, theirs.stdout]);
      // The signal may come on either line; from 3.13 on it is shown.
      const anyLine = (text: string): string => text.replaceAll(/line \d+(.*\n)( {4}.*\n)*/g, "line n$1");
      assert.equal(anyLine(mine.stderr), anyLine(theirs.stderr));
    });
  }

  test("SIGINT while asyncio.run awaits TypeScript", async () => {
    const source = `import asyncio, native_module
async def main():
    try:
        print("ready", flush=True)
        await native_module.js_sleep(30)
    finally:
        print("finally", flush=True)
asyncio.run(main())`;
    const ended = await interpret(source, { onOutput: (text, child) => void (text === "ready\n" && child.kill("SIGINT")) });
    assert.deepEqual([ended.status, ended.signal, ended.stdout], [null, "SIGINT", "ready\nfinally\n"]);
    assert.match(ended.stderr, /KeyboardInterrupt/);
  });

  const terminal = (lines: readonly string[], args: readonly string[]): Promise<Ended> =>
    runProcess(
      capabilities,
      python,
      [shared, lines.join("\n"), process.execPath, ...command, ...args],
      here({ env: { TERM: "dumb", PYTHON_BASIC_REPL: "1", HOME: folder }, deadline: 30_000 }),
    );

  test("the prompt, and the history that it keeps", async () => {
    const { stdout } = await terminal(["1 + 41", "import native_module as m; m.add(20, 3)", "1 / 0", "import sys; sys.exit(7)"], []);
    for (const part of ["42", "23", "ZeroDivisionError", "status 7"]) assert.ok(stdout.includes(part), stdout);
    // libedit, which some builds of Python have in place of readline, writes spaces as numbers.
    assert.match(readFileSync(join(folder, ".python_history"), "utf8").replaceAll("\\040", " "), /1 \+ 41/);
  });

  test("-i prompts after the program, in its namespace", async () => {
    const { stdout } = await terminal(["value + 1", "exit()"], ["-i", "-c", "value = 98"]);
    assert.match(stdout, /\b99\b/);
    assert.match(stdout, /status 0/);
  });

  for (const { args, says } of [
    { args: ["-m"], says: /Argument expected for the -m option/ },
    { args: ["-S", "hello.py"], says: /Unknown option: "-S".* -O, / },
    { args: ["-X", "nothing", "hello.py"], says: /Unknown option: "-X nothing"; of these .*\bdev\b/ },
    { args: ["hello.ts"], says: /"hello\.ts" is no Python program: run it with ".* hello\.ts".*import_js/ },
  ]) {
    test(`wrong arguments: ${args.join(" ")}`, async () => {
      const { status, stdout, stderr } = await run(args, here());
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, says);
    });
  }

  test("-O, -X, -W and -V as of python3", async () => {
    const code = "import sys; print(sys.flags.optimize, sys.flags.dev_mode, 'error' in sys.warnoptions, sys.argv)";
    const ran = await run(["-OO", "-X", "dev", "-Werror", "-c", code, "-x"], here());
    assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, "2 True True ['-c', '-x']\n", ""]);
    for (const option of ["-V", "--version"]) {
      const { status, stdout } = await run([option], here());
      assert.equal(status, 0);
      assert.match(stdout, /^Python 3\.\d+\.\d+\S*\n$/);
    }
  });

  describeWheel();

  function describeWheel(): void {
    let plain = "";

    /** A fresh virtual environment with the wheel alone. */
    const install = async (): Promise<void> => {
      if (plain !== "") return;
      const must = async (args: readonly string[], file = python): Promise<void> => {
        const { status, stdout, stderr } = await runProcess(capabilities, file, args, { ...here(), deadline: 120_000 });
        assert.equal(status, 0, stdout + stderr);
      };
      const wheels = join(folder, "wheels");
      await must(["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, wheelSource]);
      // The pip that is here fills it: one of its own would take as long as all the rest.
      const plainFolder = join(folder, "plain");
      await must(["-m", "venv", "--without-pip", plainFolder]);
      await must(["-m", "pip", "install", "--quiet", "--ignore-installed", "--prefix", plainFolder, "--no-index", "--find-links", wheels, "interloop"]);
      const made = join(plainFolder, "bin", "python");
      // An interloop command as an installed one is: one file.
      const script = join(folder, "interloop-command");
      const words = [process.execPath, ...(command as readonly string[])].map((word) => `'${word}'`);
      writeFileSync(script, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
      chmodSync(script, 0o755);
      writeFileSync(
        join(folder, "hosted.py"),
        "import interloop.auto\nimport asyncio, native_module, sys\nprint(sys.argv, sys.prefix, asyncio.run(native_module.js_sleep(0.01)))\nsys.exit(5)\n",
      );
      plain = made;
    };
    const runPlain = async (args: readonly string[], env: ChildOptions["env"] = {}): Promise<Ended> => {
      await install();
      return runProcess(
        capabilities,
        plain,
        args,
        here({ env: { INTERLOOP_PYTHON: undefined, INTERLOOP_RUNTIME: join(folder, "interloop-command"), ...env } }),
      );
    };

    test("the wheel: it is built and installed", install, 300_000);

    test("the wheel: import interloop.auto begins the program again, once, under the runtime", async () => {
      const ended = await runPlain(["hosted.py", "a", "b c"]);
      assert.deepEqual({ ...ended }, { status: 5, signal: null, stdout: `['hosted.py', 'a', 'b c'] ${join(folder, "plain")} slept\n`, stderr: "" });
    });

    test("the wheel: python3 -m interloop", async () => {
      const { status, stdout } = await runPlain(["-m", "interloop", "hello.py", "-x"]);
      assert.equal(status, 4);
      assert.match(stdout, /^hello \['hello\.py', '-x'\] __main__ /);
    });

    test("the wheel: options of Python go along", async () => {
      const { stdout } = await runPlain([
        "-B",
        "-W",
        "error::UserWarning",
        "-c",
        "import interloop.auto, sys\nprint(sys.dont_write_bytecode, 'error::UserWarning' in sys.warnoptions, sys.argv)",
        "x",
      ]);
      assert.equal(stdout, "True True ['-c', 'x']\n");
    });

    test("the wheel: a plain import never leaves, and its use says what to do", async () => {
      const { status, stdout } = await runPlain([
        "-c",
        "import interloop, os\npid = os.getpid()\ntry:\n    interloop.import_js('x')\nexcept interloop.InterloopError as error:\n    print(error.code, 'python3 -m interloop' in str(error), 'interloop.auto' in str(error))",
      ]);
      assert.deepEqual([status, stdout], [0, "no-runtime True True\n"]);
    });

    for (const { name, args, env, says } of [
      {
        name: "no runtime anywhere",
        args: ["hosted.py"],
        env: { INTERLOOP_RUNTIME: undefined, PATH: "/nonexistent" },
        says: /No JavaScript runtime with interloop was found; tried node \(not on PATH\), deno \(not on PATH\), bun \(not on PATH\)/,
      },
      {
        name: "no runtime, with -m",
        args: ["-m", "interloop", "hello.py"],
        env: { INTERLOOP_RUNTIME: "deno", PATH: "/nonexistent" },
        says: /^interloop: No JavaScript runtime.*tried deno/,
      },
      { name: "a name that is none", args: ["hosted.py"], env: { INTERLOOP_RUNTIME: "nodee" }, says: /INTERLOOP_RUNTIME names "nodee"/ },
      { name: "a path that is none", args: ["hosted.py"], env: { INTERLOOP_RUNTIME: "/nonexistent/node" }, says: /no executable file/ },
      { name: "what is no interloop", args: ["hosted.py"], env: { INTERLOOP_RUNTIME: "./again" }, says: /has no interloop in it/ },
      {
        name: "threads that run already",
        args: ["-c", "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\nimport interloop.auto"],
        env: {},
        says: /must be its first line/,
      },
      { name: "an option that cannot go along", args: ["-X", "importtime", "hosted.py"], env: {}, says: /-X importtime cannot be passed on/ },
    ] as const) {
      test(`the wheel, refused: ${name}`, async () => {
        await install();
        const again = join(folder, "again");
        writeFileSync(again, `#!/bin/sh\nexec '${plain}' "$@"\n`);
        chmodSync(again, 0o755);
        const { status, stdout, stderr } = await runPlain(args, env);
        assert.deepEqual([status, stdout], [1, ""]);
        assert.match(stderr, says);
      });
    }
  }
}
