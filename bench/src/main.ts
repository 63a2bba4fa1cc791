/** What a crossing costs in each runtime, as ratios to asyncio's own costs in the same process: npm run bench -- --help. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { caseNames } from "./bars.ts";
import { isChosen, readOptions, usage } from "./options.ts";
import type { Options } from "./options.ts";
import type { Report } from "./report.ts";
import { floorTable, holds, resultTable, titleOf } from "./table.ts";

const defaults = [process.env["INTERLOOP_NODE"] ? `node-${process.env["INTERLOOP_NODE"]}` : "node", "deno", "bun"];
const launcher = fileURLToPath(new URL("../../scripts/with-runtime.mjs", import.meta.url));
const program = fileURLToPath(new URL("measure.ts", import.meta.url));

/** Measure in a process of that runtime. A runtime that is missing or breaks down is reported like one that was measured, with the reason. */
async function measureIn(runtime: string, { only, runs }: Options): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "interloop-bench-"));
  const json = join(folder, "report.json");
  try {
    const args = ["--runs", String(runs), "--json", json, ...only.flatMap((text) => ["--case", text])];
    const child = spawn(process.execPath, [launcher, runtime, program, ...args], { stdio: ["ignore", "inherit", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString()}`.slice(-2000);
      process.stderr.write(chunk);
    });
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    if (code === 0) return JSON.parse(readFileSync(json, "utf8")) as Report;
    const end = signal === null ? `it ended with ${code}` : `it ended by ${signal}`;
    return { runtime, python: null, cases: [], floors: [], reason: `${end}: ${complaint.trim().split("\n").at(-1) || "no message"}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the tables do not say. Returns whether every bar holds. */
function remark({ floors, cases, ...report }: Report): boolean {
  const title = titleOf(report.runtime);
  if (report.reason !== undefined) {
    console.log(`\n${title} was not measured: ${report.reason}`);
    return false;
  }
  const doubtful = floors.filter(({ ok }) => !ok).map(({ floor }) => floor);
  if (doubtful.length > 0) {
    console.warn(
      `\nWarning: in ${title}, ${doubtful.join(", ")} cost something else than in a plain python3; this machine is busy or noisy, so take ratios to them with care.`,
    );
  }
  for (const { name, reason } of cases) if (reason !== undefined) console.log(`\n${title} could not do ${name}: ${reason}`);
  const missed = cases.filter((each) => !holds(each, report.runtime)).map(({ name }) => name);
  if (missed.length > 0) console.log(`\n${title}: ${missed.length} of ${cases.length} bars do not hold: ${missed.join(", ")}`);
  return missed.length === 0;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return;
  }
  if (!caseNames.some((name) => isChosen(name, options))) {
    throw new Error(`No case is called "${options.only.join('" or "')}": ${caseNames.join(", ")}`);
  }
  const reports: Report[] = [];
  for (const runtime of options.runtimes.length > 0 ? options.runtimes : defaults) reports.push(await measureIn(runtime, options));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(reports.length === 1 ? reports[0] : reports, undefined, 2)}\n`);
  const measured = reports.filter(({ reason }) => reason === undefined);
  if (measured.length > 0) {
    console.log(`${measured.map(({ runtime, python }) => `${titleOf(runtime)}, Python ${python}`).join("; ")}\n`);
    console.log(`${floorTable(measured)}\n\n${resultTable(measured)}`);
  }
  const good = reports.map(remark).every(Boolean);
  if (measured.length < reports.length || (options.check && !good)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
