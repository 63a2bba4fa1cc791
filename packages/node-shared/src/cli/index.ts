/** The command line of the adapters: `interloop-node`, `interloop-deno` and `interloop-bun` are this, with an adapter's {@link Program}. */
import process from "node:process";
import { doctor } from "./doctor.ts";
import { pytest } from "./pytest.ts";
import type { Program } from "./program.ts";

export type { PermissionState, Program } from "./program.ts";

const usage = (runtime: string): string => `Usage: interloop-${runtime} doctor [--json]
       interloop-${runtime} pytest [arguments of pytest]

Commands:
  doctor   print which runtime and which Python interloop uses and why, and what to do where something is missing
  pytest   run a Python suite that imports JavaScript and TypeScript modules
`;

/** Run the command that the process's arguments name. The exit status is 0, 1 when the command found something wrong, 2 when the arguments are wrong. */
export async function runProgram(program: Program): Promise<void> {
  process.exitCode = await runCommand(program, process.argv.slice(2));
}

async function runCommand(program: Program, args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === "doctor") return await doctor(program, rest);
  if (command === "pytest") return await pytest(program, rest);
  if (command === "--help" || command === "-h") {
    process.stdout.write(usage(program.runtime));
    return 0;
  }
  process.stderr.write(
    command === undefined ? usage(program.runtime) : `interloop-${program.runtime} has no command "${command}"\n\n${usage(program.runtime)}`,
  );
  return 2;
}
