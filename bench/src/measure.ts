/** Measures in the runtime that runs this file, and writes the report where `--json` says. The benchmark starts it once per runtime. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { awaits } from "./cases/awaits.ts";
import { blocking } from "./cases/blocking.ts";
import { calls } from "./cases/calls.ts";
import { conversions } from "./cases/convert.ts";
import { cancel } from "./cases/cancel.ts";
import { context } from "./cases/context.ts";
import { elsewhere } from "./cases/elsewhere.ts";
import { inFlight } from "./cases/in-flight.ts";
import { memory } from "./cases/memory.ts";
import { start } from "./cases/start.ts";
import { streams } from "./cases/streams.ts";
import { checkFloors } from "./floors.ts";
import { measureCases } from "./harness.ts";
import { isChosen, readOptions } from "./options.ts";
import type { Report } from "./report.ts";
import { name, python, version } from "./runtime.ts";

const all = [...awaits, ...calls, ...conversions, ...streams, ...cancel, ...memory, ...inFlight, ...context, ...blocking, ...elsewhere, ...start];

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text === "" ? "" : `${name}: ${text}`}`);
}

const options = readOptions(process.argv.slice(2));
progress("floors");
const floors = await checkFloors();
const cases = await measureCases(
  all.filter((each) => isChosen(each.name, options)),
  options.runs,
  progress,
);
progress("");
const report: Report = { runtime: `${name} ${version}`, python: python.import("platform").python_version() as string, cases, floors };
writeFileSync(options.json ?? "/dev/stdout", JSON.stringify(report));
