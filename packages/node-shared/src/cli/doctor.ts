/** `doctor`: what interloop finds on this machine, and what to do where something is missing. It works when nothing else does. */
import process from "node:process";
import { parseArgs } from "node:util";
import { examine } from "./diagnose.ts";
import type { Program } from "./program.ts";
import { textOf } from "./report-text.ts";

const usage = (runtime: string): string => `Usage: interloop-${runtime} doctor [--json]

Prints the runtime, the Python that interloop takes and why, the versions of its packages and what works. The exit status is 1 when something does not.

  --json       print the report as JSON
  -h, --help   print this
`;

/** Run the command; answers with the exit status. */
export async function doctor(program: Program, args: readonly string[]): Promise<number> {
  let values: { json?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({ args: [...args], options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } }));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage(program.runtime)}`);
    return 2;
  }
  if (values.help === true) {
    process.stdout.write(usage(program.runtime));
    return 0;
  }
  const report = await examine(program);
  process.stdout.write(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
  return report.problems.length === 0 ? 0 : 1;
}
