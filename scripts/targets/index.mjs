// Builds and runs the projects of examples/targets with the packed packages: node scripts/targets/index.mjs [--night] [--update] [--keep] [names...]
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { root } from "../node-binary.mjs";
import { build, packAll } from "../packages/pack.mjs";
import { startRegistry } from "../packages/registry.mjs";
import { makeProject } from "./project.mjs";
import { rowFaults, withRows } from "./table.mjs";

const options = new Set(process.argv.slice(2).filter((word) => word.startsWith("--")));
const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
for (const option of options)
  if (!["--night", "--update", "--keep"].includes(option)) throw new Error(`"${option}" is no option: use --night, --update or --keep`);

const folder = join(root, "examples", "targets");
const page = join(root, "docs", "where-it-runs.md");
const work = mkdtempSync(join(tmpdir(), "interloop-targets-"));

async function load(name) {
  const { default: target } = await import(pathToFileURL(join(folder, name, "target.mjs")).href);
  return { name, ...target };
}

// Named targets run whole; otherwise the rows that are marked with `night` run with --night only.
function rowsOf(target) {
  return target.rows.filter((row) => names.length > 0 || options.has("--night") || (row.night ?? target.night) !== true);
}

const counts = { passed: 0, failed: 0 };
const found = [];

async function checkRow(project, target, row) {
  const begun = performance.now();
  try {
    await project.runRow(row);
    const { needs } = row;
    const written = {
      group: target.group,
      title: row.title,
      version: project.versionOf(row.version),
      needs,
      night: (row.night ?? target.night) === true,
    };
    // A row that says nothing of what a user must do is a test only.
    if (needs !== undefined) found.push(written);
    const faults = options.has("--update") || needs === undefined ? [] : rowFaults(readFileSync(page, "utf8"), written);
    if (faults.length > 0) throw new Error(faults.join("\n"));
    counts.passed += 1;
    console.log(`${target.name}: ${row.title}: good (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (error) {
    counts.failed += 1;
    console.error(`${target.name}: ${row.title}: failed\n${error.message}`);
  }
}

async function checkTarget(target, registry) {
  const rows = rowsOf(target);
  if (rows.length === 0) return;
  const begun = performance.now();
  const project = makeProject({ target, source: join(folder, target.name), work, registry });
  try {
    await project.install();
    console.log(`${target.name}: installed (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (error) {
    counts.failed += rows.length;
    console.error(`${target.name}: not installed\n${error.message}`);
    return;
  }
  for (const row of rows) await checkRow(project, target, row);
  if (!options.has("--keep")) project.remove();
}

let registry;
try {
  const all = readdirSync(folder).filter((name) => existsSync(join(folder, name, "target.mjs")));
  for (const name of names) if (!all.includes(name)) throw new Error(`"${name}" is no target: use ${all.join(", ")}`);
  const targets = await Promise.all((names.length > 0 ? names : all).map((name) => load(name)));
  build();
  registry = await startRegistry(packAll(work), work);
  // Two at a time: one installs while the other runs.
  const waiting = [...targets];
  const next = async () => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) await checkTarget(target, registry.address);
  };
  await Promise.all([next(), next()]);
  if (options.has("--update")) writeFileSync(page, withRows(readFileSync(page, "utf8"), found));
} catch (error) {
  counts.failed += 1;
  console.error(error.stack);
} finally {
  registry?.stop();
  if (options.has("--keep")) console.log(`Kept: ${work}`);
  else rmSync(work, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
// .ci/run adds these up.
if (existsSync(join(root, ".results"))) writeFileSync(join(root, ".results", "targets.json"), JSON.stringify(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
