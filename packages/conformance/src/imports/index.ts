/** `import` of Python files and modules in JavaScript, and `python.importFile`. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, runProcess, type ChildOptions, type Ended } from "../child.ts";

const root = join(import.meta.dirname, "../../../..");

const REPORT = `"""A report."""
import json
import helper

limit = 3
runs = helper.count()

def summarize(numbers):
    return sum(numbers) / len(numbers)

class Report:
    def __init__(self, title):
        self.title = title

def fails():
    raise ValueError("no")

def delete():
    return "deleted"

def then():
    return "never called"

async def later(value):
    return value

def _private():
    pass
`;

const FILES: Readonly<Record<string, string>> = {
  "report.py": REPORT,
  "helper.py": "calls = 0\n\ndef count():\n    global calls\n    calls += 1\n    return calls\n",
  "json.py": "name = 'not the one of the standard library'\n",
  "chosen.py": "from helper import *\n__all__ = ['one', 'count']\none = two = 1\n",
  "package/__init__.py": "from .part import value\n",
  "package/part.py": "from . import other\nvalue = other.number\n",
  "package/other.py": "number = 7\n",
  "broken.py": "def good(): pass\n\ndef f(:\n    pass\n",
  "raises.py": "def good(): pass\n\nraise RuntimeError('while it is imported')\n",
};

/** Registers the tests. */
export function runImports(capabilities: Capabilities): void {
  const { harness, name, program, pythonImports, testing } = capabilities;
  if (!has(program)) {
    harness.skip(`imports of Python (${program.missing})`);
    return;
  }
  const adapter = `@interloop/${name}`;
  const preload = name === "node" ? "--import" : "--preload";

  const inFolder = async (
    body: (run: (source: string, flags?: readonly string[], options?: ChildOptions) => Promise<Ended>, folder: string) => Promise<void>,
  ) => {
    mkdirSync(join(root, ".results"), { recursive: true });
    const folder = mkdtempSync(join(root, ".results", "imports-"));
    try {
      for (const [file, text] of Object.entries(FILES)) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), text);
      }
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      const run = (source: string, flags: readonly string[] = [], options: ChildOptions = {}): Promise<Ended> => {
        const file = join(folder, "program.mjs");
        writeFileSync(file, source);
        const args = program.command(file);
        return runProcess(capabilities, process.execPath, [...args.slice(0, -1), ...flags, file], { deadline: 60_000, cwd: folder, ...options });
      };
      await body(run, folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  // Deno takes no names of packages there.
  const registered = [preload, testing.replace(/testing(?=\.\w+$)/, "register")];

  harness.test("python.importFile gives the module of a file, which Python imports by its name as well", () =>
    inFolder(async (run) => {
      const ended = await run(`
        import { python } from "${adapter}";
        const report = python.importFile(import.meta, "./report.py");
        console.log(report.summarize([1, 2, 3]), new report.Report("x").title, await report.later(5));
        console.log(python.is(report, python.importFile(import.meta, new URL("report.py", import.meta.url).href)), python.is(report, python.import("report")), report.runs);
        const other = python.importFile(import.meta, "./json.py");
        console.log(other.name, python.import("json").dumps([1]), python.is(other, python.importFile(import.meta, "./json.py")));
        console.log(python.importFile(import.meta, "./package/part.py").value, python.importFile(import.meta, "./package/__init__.py").value, python.import("package").__name__);
        for (const [meta, file] of [[import.meta, "./gone.py"], [import.meta, "./broken.py"], [import.meta, "./raises.py"], [import.meta, "https://example.org/a.py"], [import.meta, ""], [{}, "a.py"], [undefined, "a.py"]]) {
          try {
            python.importFile(meta, file);
          } catch (error) {
            console.log(error.code ?? error.name, error.message.replace(/There is no file .*/, "There is no file"), /(broken|raises)\\.py", line \\d+/.exec(String(error.stack))?.[0] ?? /(broken|raises)\\.py:\\d+/.exec(String(error.stack))?.[0] ?? "");
          }
        }
      `);
      assert.equal(ended.status, 0, ended.stderr);
      const lines = ended.stdout.split("\n");
      assert.deepEqual(lines.slice(0, 4), ["2 x 5", "true true 1", "not the one of the standard library [1] true", "7 7 package"]);
      assert.equal(lines[4], "ModuleNotFoundError There is no file ");
      assert.match(lines[5]!, /^SyntaxError .*broken\.py, line 3/);
      assert.match(lines[6]!, /^RuntimeError while it is imported raises\.py.*3/);
      assert.deepEqual(
        lines.slice(7, 11).map((line) => line.split(" ", 1)[0]),
        ["bad-argument", "bad-argument", "bad-argument", "bad-argument"],
      );
    }),
  );

  const dynamic = `
    const { default: report, ...rest } = await import("./report.py");
    console.log(Object.keys(rest).join());
    console.log(rest.summarize([1, 2, 3]), new rest.Report("x").title, rest.limit, rest.delete(), await rest.later(5), report.then);
    const { sqrt } = await import("python:math");
    const { default: linalg, norm } = await import("python:numpy.linalg");
    console.log(sqrt(16), Number(norm([3, 4])), Number(linalg.norm([3, 4])));
    console.log(Object.keys(await import("./chosen.py")).join());
    for (const name of ["./broken.py", "./raises.py", "./gone.py", "python:no_such_module"]) {
      await import(name).then(() => console.log("?"), (error) => console.log(name, /broken\\.py, line 3|while it is imported|no_such_module|gone\\.py/.exec(String(error.message))?.[0]));
    }
    try {
      rest.fails();
    } catch (error) {
      console.log(error.name, /report\\.py\\S*\\D16/.test(error.stack));
    }
  `;
  const printed = [
    "Report,delete,fails,later,limit,runs,summarize",
    "2 x 3 deleted 5 undefined",
    "4 5 5",
    "count,default,one",
    "./broken.py broken.py, line 3",
    "./raises.py while it is imported",
    "./gone.py gone.py",
    "python:no_such_module no_such_module",
    "ValueError true",
    "",
  ].join("\n");

  harness.test("import() finds Python files and modules, whose exports are those of their source", () =>
    inFolder(async (run) => {
      assertQuiet(await run(dynamic, registered), printed);
    }),
  );

  if (!has(pythonImports)) {
    harness.skip(`import statements find Python files (${pythonImports.missing})`);
    return;
  }
  harness.test("import statements find Python files and modules, and a name that is not exported is a SyntaxError before anything runs", () =>
    inFolder(async (run) => {
      const source = `
        import report, { summarize, delete as remove } from "./report.py";
        import numpy, { arange } from "python:numpy";
        import * as part from "./package/part.py";
        console.log(summarize([1, 2]), remove(), report.limit, String(arange(2)), numpy.ndim(arange(2)), part.value);
      `;
      assertQuiet(await run(source, registered), "1.5 deleted 3 [0 1] 1 7\n");
      const wrong = await run(`import { sumarize } from "./raises.py";\nconsole.log("never");`, registered);
      assert.deepEqual([wrong.status, wrong.stdout], [1, ""]);
      assert.match(wrong.stderr, /SyntaxError: .*sumarize/);
    }),
  );

  if (name !== "node") return;
  harness.test("--watch starts the program again when a Python file changes", () =>
    inFolder(async (run, folder) => {
      let seen = false;
      const ended = await run(`import { limit } from "./report.py";\nconsole.log("limit", limit);\nsetInterval(() => {}, 1000);`, ["--watch", ...registered], {
        onOutput(text, child) {
          if (text.includes("limit 3") && !seen) {
            seen = true;
            writeFileSync(join(folder, "report.py"), REPORT.replace("limit = 3", "limit = 4"));
          }
          if (text.includes("limit 4")) child.kill();
        },
      });
      assert.match(ended.stdout, /limit 3[^]*limit 4/);
    }),
  );
}
