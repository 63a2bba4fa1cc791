/** The command line of the adapters: `interloop-node`, `interloop-deno` and `interloop-bun` are this, with an adapter's {@link Program}. */
import { join, resolve } from "node:path";
import process from "node:process";
import { runPythonProgram, servePythonProgram } from "@interloop/core/handoff";
import { setEntryFile } from "@interloop/native";
import { handed } from "../handoff.ts";
import { doctor } from "./doctor.ts";
import { ownCommand } from "./program.ts";
import { parseProgram } from "./program-args.ts";
import { pytest } from "./pytest.ts";
import { stubs } from "./stubs.ts";
import { types } from "./types.ts";
import type { Program } from "./program.ts";

export type { PermissionState, Program } from "./program.ts";

const usage = (runtime: string): string => `Usage: interloop-${runtime} [options] [script.py | -c command | -m module | -] [arguments]
       interloop-${runtime} doctor [--json]
       interloop-${runtime} pytest [arguments of pytest]
       interloop-${runtime} stubs file.ts...
       interloop-${runtime} types module...

Runs a Python program as python3 does, on the process's main thread, with JavaScript on another one: .ts, .mts, .js and .mjs files on sys.path
can be imported, and packages with interloop.import_js(). Without a program it reads one from standard input, or prompts for one.

  -i               prompt when the program has ended
  -u               write output at once
  -O, -OO          leave out assertions, and docstrings
  -B, -d, -P, -q, -s, -v, -W filter, -X option
                   as of python3
  -V, --version    print the version of Python
  -h, --help, -?   print this

Commands:
  doctor   print which runtime and which Python interloop uses and why, and what to do where something is missing
  pytest   run a Python suite that imports JavaScript and TypeScript modules
  stubs    write what Python's type checkers know of JavaScript and TypeScript modules
  types    write what TypeScript knows of Python modules
`;

/** Run the command that the process's arguments name, or a Python program. A command's exit status is 0, 1 when it found something wrong, 2 when the arguments are wrong; that of a program is its own. */
export async function runProgram(program: Program): Promise<void> {
  const args = process.argv.slice(2);
  // This command is no part of the program: a Python program begins with its script, and the other commands where they are started.
  const request = parseProgram(args, program.runtime);
  setEntryFile(typeof request === "object" && request.mode === "script" ? resolve(request.value) : join(process.cwd(), "program"));
  if (handed() !== undefined) {
    await program.install();
    servePythonProgram();
    return;
  }
  process.exitCode = await runCommand(program, args);
}

async function runCommand(program: Program, args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === "doctor") return await doctor(program, rest);
  if (command === "pytest") return await pytest(program, rest);
  if (command === "stubs") return await stubs(program, rest);
  if (command === "types") return await types(program, rest);
  if (command === "--version" || command === "-V") return printVersion(program);
  if (command === "--help" || command === "-h" || command === "-?") {
    process.stdout.write(usage(program.runtime));
    return 0;
  }
  const request = parseProgram(args, program.runtime);
  if (typeof request === "string") {
    process.stderr.write(`${request}\n\n${usage(program.runtime)}`);
    return 2;
  }
  const { variables, ...what } = request;
  // Python reads them when it starts.
  for (const [name, value] of Object.entries(variables)) {
    const before = name === "PYTHONWARNINGS" ? process.env[name] : undefined;
    process.env[name] = before === undefined || before === "" ? value : `${before},${value}`;
  }
  await program.install();
  return runPythonProgram(program.url, { ...what, command: ownCommand(program) });
}

/** As of `python3 -V`, of the Python that a program would get. */
function printVersion(program: Program): number {
  const { python, failure } = program.loadBinding().discover("");
  if (python === undefined) {
    process.stderr.write(`${failure?.message ?? "There is no Python"}\n`);
    return 1;
  }
  process.stdout.write(`Python ${python.version}\n`);
  return 0;
}
