/** What a crossing costs, as ratios to asyncio's own costs in the same process: npm run bench -- --help. */
import { writeFileSync } from "node:fs";
import { python } from "@interloop/node";
import { awaits } from "./cases/awaits.ts";
import { calls } from "./cases/calls.ts";
import { context } from "./cases/context.ts";
import { memory } from "./cases/memory.ts";
import { start } from "./cases/start.ts";
import { streams } from "./cases/streams.ts";
import { checkFloors } from "./floors.ts";
import type { FloorCheck } from "./floors.ts";
import { measureCases } from "./harness.ts";
import type { Result } from "./harness.ts";
import { readOptions, usage } from "./options.ts";
import { floorTable, holds, resultTable } from "./table.ts";

const all = [...awaits, ...calls, ...streams, ...memory, ...context, ...start];

function report(results: readonly Result[], floors: readonly FloorCheck[]): object {
  const cases = results.map(({ name, unit, value, floor, floorValue, ratio, spread, runs, census }) => ({
    name,
    // A case about memory has no time.
    ...(unit === "us"
      ? { value_us: value, floor, floor_us: floorValue, ratio }
      : { value_us: null, floor, floor_us: null, ratio, value_kB: value, floor_kB: floorValue, census }),
    spread,
    runs,
  }));
  return { runtime: `node ${process.versions.node}`, python: python.import("platform").python_version() as string, cases, floors };
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return;
  }
  const chosen = options.only.length === 0 ? all : all.filter(({ name }) => options.only.some((text) => name.includes(text)));
  if (chosen.length === 0) throw new Error(`No case is called "${options.only.join('" or "')}": ${all.map(({ name }) => name).join(", ")}`);
  progress("floors");
  const floors = await checkFloors();
  const results = await measureCases(chosen, options.runs, progress);
  progress("");
  console.log(`Node ${process.versions.node}, Python ${python.import("platform").python_version() as string}\n`);
  console.log(`${floorTable(floors)}\n\n${resultTable(results)}`);
  const doubtful = floors.filter(({ ok }) => !ok);
  if (doubtful.length > 0) {
    console.warn(
      `\nWarning: ${doubtful.map(({ floor }) => floor).join(", ")} cost something else in a plain python3; this machine is busy or noisy, so take ratios to them with care.`,
    );
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report(results, floors), undefined, 2)}\n`);
  const missed = results.filter((result) => !holds(result));
  if (missed.length > 0) console.log(`\n${missed.length} of ${results.length} bars do not hold: ${missed.map(({ name }) => name).join(", ")}`);
  if (options.check && missed.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
