/** `types`: what TypeScript knows of Python modules, and that it is true. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { has, type Capabilities } from "../capabilities.ts";
import { commandRunner, runProcess, type ChildOptions, type Ended } from "../child.ts";

const root = join(import.meta.dirname, "../../../..");
const OUT = "python-types";
const LIBRARIES = ["asyncio", "collections", "datetime", "fastapi", "httpx", "json", "math", "numpy", "pandas", "pathlib", "pydantic", "re"];
const MEGABYTE = 1_000_000;

interface Folder {
  readonly path: string;
  run(...args: string[]): Promise<Ended>;
  read(file: string): string;
  write(file: string, text: string): void;
}

/** Registers the tests of the command. */
export function runTypes(capabilities: Capabilities): void {
  const { command, harness, name, program } = capabilities;
  if (!has(command)) {
    harness.skip(`types (${command.missing})`);
    return;
  }
  if (!has(program)) {
    harness.skip(`types (${program.missing})`);
    return;
  }
  const run = commandRunner(capabilities);
  const PATIENCE = 280_000;
  const env = { PYTHONDONTWRITEBYTECODE: "1" };

  // In the repository, where programs find the packages.
  const inFolder = async (body: (folder: Folder) => Promise<void>): Promise<void> => {
    mkdirSync(join(root, ".results"), { recursive: true });
    const path = mkdtempSync(join(root, ".results", "types-"));
    try {
      cpSync(join(import.meta.dirname, "suite"), path, { recursive: true });
      // No part of this package's own sources: what they import is written first.
      for (const file of readdirSync(path).filter((entry) => entry.endsWith(".ts.txt"))) {
        writeFileSync(join(path, file.slice(0, -4)), readFileSync(join(path, file), "utf8").replaceAll("ADAPTER", `@interloop/${name}`));
      }
      writeFileSync(join(path, "package.json"), '{ "type": "module" }');
      const options: ChildOptions = { cwd: path, env, deadline: PATIENCE };
      await body({
        path,
        run: (...args) => run(["types", ...args], options),
        read: (file) => readFileSync(join(path, file), "utf8"),
        write: (file, text) => writeFileSync(join(path, file), text),
      });
    } finally {
      rmSync(path, { recursive: true });
    }
  };

  const start = (folder: string, file: string): Promise<Ended> => {
    const [, ...args] = [process.execPath, ...program.command(join(folder, file))];
    return runProcess(capabilities, process.execPath, args, { cwd: folder, env, deadline: PATIENCE });
  };

  /** What tsc says of the files in a folder: `app.ts:3 TS2551`. */
  const compile = (folder: string): Promise<string[]> =>
    new Promise((done, fail) => {
      execFile(join(root, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder, maxBuffer: 1e8 }, (error, stdout) => {
        if (error !== null && stdout === "") fail(error);
        const found = [...stdout.matchAll(/^(?!\.\.)(\S+)\((\d+),\d+\): error (TS\d+)/gm)];
        done(found.map(([, file, line, code]) => `${file}:${line} ${code}`));
      });
    });

  /** What tsc has to say of a program whose lines name their errors. */
  const expected = (text: string, file: string): string[] =>
    text.split("\n").flatMap((line, index) => {
      const [, code] = /\/\/ wrong: (TS\d+)$/.exec(line) ?? [];
      return code === undefined ? [] : [`${file}:${index + 1} ${code}`];
    });

  harness.test(
    "a package with every construct is typed as it behaves, and each wrong line is an error",
    () =>
      inFolder(async ({ path, run: types, read, write }) => {
        rmSync(join(path, "libraries.ts"));
        rmSync(join(path, "libraries-wrong.ts"));
        const written = await types("shop_types", "shop_untyped", "math");
        assert.deepEqual([written.status, written.stdout.split("\n").length], [0, 5], written.stderr);
        assert.deepEqual(await compile(path), expected(read("wrong.ts"), "wrong.ts"));
        const ran = await start(path, "app.ts");
        assert.deepEqual([ran.status, ran.stdout], [0, "all right\n"], ran.stderr);
        const text = read(`${OUT}/shop_types.d.ts`);
        for (const part of ["/** Something to buy. */", "/** The price of so many. */", "/** Find an item. */", "/** Quick, and typed in a stub. */"])
          assert.ok(text.includes(part), part);
        assert.doesNotMatch(text, /A second paragraph|unlisted/);

        // The same again is the same text, and --check knows it.
        const again = await types("math", "shop_untyped", "shop_types");
        assert.deepEqual([again.status, again.stdout], [0, ""], again.stderr);
        assert.deepEqual({ ...(await types("--check")) }, { status: 0, signal: null, stdout: "", stderr: "" });
        write("shop_untyped.py", "def twice(value): return value\n");
        const stale = await types("--check");
        assert.deepEqual([stale.status, stale.stdout], [1, ""]);
        assert.match(stale.stderr, /^python-types\/shop_untyped\.d\.ts is not up to date\n/);
        // A module that is not named any more is removed.
        assert.equal((await types("math")).status, 0);
        assert.deepEqual(readdirSync(join(path, OUT)).toSorted(), ["math.d.ts", "python.d.ts"]);
      }),
    PATIENCE,
  );

  harness.test(
    "libraries are typed as they behave, and numpy's declarations are not too large",
    () =>
      inFolder(async ({ path, run: types, read }) => {
        for (const file of ["app.ts", "wrong.ts"]) rmSync(join(path, file));
        const written = await types(...LIBRARIES);
        assert.equal(written.status, 0, written.stderr);
        assert.deepEqual(await compile(path), expected(read("libraries-wrong.ts"), "libraries-wrong.ts"));
        const ran = await start(path, "libraries.ts");
        assert.deepEqual([ran.status, ran.stdout], [0, "all right\n"], ran.stderr);
        assert.ok(read(`${OUT}/numpy.d.ts`).length < 3 * MEGABYTE);
      }),
    PATIENCE,
  );

  harness.test(
    "bad input is told with its place, and nothing is written",
    () =>
      inFolder(async ({ path, run: types, write }) => {
        write("broken.py", "def f(:\n    pass\n");
        write("stub_broken.py", "x = 1\n");
        write("stub_broken.pyi", "def f() -> int: ...\ndef g( -> int: ...\n");
        write("raises.py", "raise RuntimeError('no')\n");
        mkdirSync(join(path, "file"));
        write("file/plain", "");
        const says: readonly (readonly [args: string[], status: number, error: RegExp])[] = [
          [[], 2, /^No module is named\n/],
          [["--chek"], 2, /Unknown option|Unexpected|chek/],
          [["--check", "--watch", "math"], 2, /^Only one of --check and --watch/],
          [["not-a-name"], 2, /^"not-a-name" is no name of a Python module/],
          [["nowhere_at_all"], 1, /There is no module nowhere_at_all in this Python .*doctor names/],
          [["broken"], 1, /broken\.py:1: /],
          [["math", "stub_broken"], 1, /stub_broken\.pyi:2: /],
          [["nowhere.py"], 1, /nowhere\.py/],
          [["--out", "file/plain", "math"], 1, new RegExp(`^interloop-${name} types: E[A-Z]+`)],
        ];
        for (const [args, status, error] of says) {
          const ended = await types(...args);
          assert.deepEqual([ended.status, ended.stdout], [status, ""], `${args.join(" ")}: ${ended.stderr}`);
          assert.match(ended.stderr, error);
          assert.equal(existsSync(join(path, OUT)), false, args.join(" "));
        }
        // Nothing of a module that can be read is run.
        assert.equal((await types("raises")).status, 0);
        assert.match((await types("--help")).stdout, /^Usage/);
      }),
    PATIENCE,
  );

  harness.test(
    "names that TypeScript keeps for itself, and packages that differ by case, are declared",
    () =>
      inFolder(async ({ path, run: types, read, write }) => {
        for (const file of readdirSync(path).filter((entry) => entry.endsWith(".ts"))) rmSync(join(path, file));
        write(
          "Names.py",
          "class Map:\n    def get(self) -> int: return 1\n\ndef new(function: int, default: str = '') -> Map: return Map()\n\nvoid: int = 1\n",
        );
        write("names.py", "def own(x: 'int') -> 'str': return ''\n");
        assert.equal((await types("Names", "names")).status, 0);
        assert.deepEqual(readdirSync(join(path, OUT)).toSorted(), ["Names.d.ts", "names_.d.ts", "python.d.ts"]);
        write(
          "program.ts",
          `import { kwargs, python } from "@interloop/${name}";
const names = python.import("Names");
export const one: number = names.new(1, kwargs({ default: "x" })).get() + new names.Map().get() + names.void;
export const text: string = python.import("names").own(1);
`,
        );
        assert.deepEqual(await compile(path), []);
        assert.ok(read(`${OUT}/Names.d.ts`).includes("export { new_ as new };"));
      }),
    PATIENCE,
  );

  harness.test(
    "a Python file beside the program is typed, however it is imported",
    () =>
      inFolder(async ({ path, run: types, read, write }) => {
        for (const file of readdirSync(path).filter((entry) => entry.endsWith(".ts"))) rmSync(join(path, file));
        write(
          "report.py",
          `"""Reports."""
import datetime
from dataclasses import dataclass

limit: int = 3

@dataclass
class Report:
    title: str

async def summarize(numbers: list[int], *, day: datetime.date | None = None) -> Report:
    """The mean."""
    return Report(str(sum(numbers) / len(numbers)))

def delete() -> "list[Report]":
    return []
`.replace("datetime.date | None", "'datetime.date | None'"),
        );
        write(
          "program.ts",
          `import { kwargs, python } from "@interloop/${name}";
import type report from "./report.py";
import type { Report, summarize } from "./report.py";
import type { sqrt } from "python:math";

const file = python.importFile<typeof import("./report.py")>(import.meta, "./report.py");
const found: Report = await file.summarize([1, 2], kwargs({ day: python.import("datetime").date(2026, 1, 1) }));
const same: typeof summarize = file.summarize;
const whole: typeof report = file;
const root: typeof sqrt = python.import("math").sqrt;
console.log(found.title, whole.limit + 1, root(16), same === undefined, file.delete().length);
file.sumarize; // wrong: TS2551
found.titel; // wrong: TS2551
file.summarize([1]).title; // wrong: TS2339
void file.summarize([1], kwargs({ dai: null })); // wrong: TS2379
`,
        );
        assert.equal((await types("datetime", "math", "report.py")).status, 0);
        assert.deepEqual(await compile(path), expected(read("program.ts"), "program.ts"));
        assert.ok(read("report.d.py.ts").includes("/** The mean. */"));
        write("program.ts", read("program.ts").replace(/^.*\/\/ wrong.*\n/gm, ""));
        const ran = await start(path, "program.ts");
        assert.deepEqual([ran.status, ran.stdout], [0, "1.5 4 4 false 0\n"], ran.stderr);
        assert.deepEqual({ ...(await types("--check", "report.py")) }, { status: 0, signal: null, stdout: "", stderr: "" });
      }),
    PATIENCE,
  );

  harness.test(
    "--watch writes again when the source changes",
    () =>
      inFolder(async ({ path, read, write }) => {
        const file = join(path, OUT, "shop_untyped.d.ts");
        let changed = false;
        await run(["types", "--watch", "shop_untyped"], {
          cwd: path,
          env,
          deadline: PATIENCE,
          onOutput(text, child) {
            if (!text.includes("shop_untyped.d.ts")) return;
            if (changed && read(`${OUT}/shop_untyped.d.ts`).includes("thrice")) child.kill();
            else if (!changed) {
              changed = true;
              // Once the watcher is there: write until it has seen one.
              const timer = setInterval(() => {
                if (existsSync(file) && read(`${OUT}/shop_untyped.d.ts`).includes("thrice")) clearInterval(timer);
                else write("shop_untyped.py", "def thrice(value): return value\n");
              }, 200);
              child.once("exit", () => clearInterval(timer));
            }
          },
        });
        assert.ok(read(`${OUT}/shop_untyped.d.ts`).includes("thrice"));
      }),
    PATIENCE,
  );
}
