// Runs the tests inside each runtime, and says how many ran in which.
//   node scripts/test.mjs [--runtime node|node-22|node-24|node-26|deno|bun]... [--report NAME] [arguments for vitest]
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./node-binary.mjs";
import { describeRuntime, runtimeCommand, runtimeNames } from "./runtimes.mjs";

/** Runs vitest inside a runtime: what it counted, in how many seconds, and whether all is well. The report of its JSON reporter is .results/<report>.json. */
export function runTests(runtime, report, vitestArgs, env = {}) {
  const file = join(".results", `${report}.json`);
  const failure = join(root, ".results", `${report}.failed`);
  mkdirSync(join(root, ".results"), { recursive: true });
  for (const stale of [join(root, file), failure]) rmSync(stale, { force: true });
  const [binary, ...args] = [...runtimeCommand(runtime), join("node_modules", "vitest", "vitest.mjs"), "run"];
  const reporters = [...(vitestArgs.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"]), "--reporter=json", `--outputFile.json=${file}`];
  // A filter may leave a runtime without tests; the counts say so.
  const few = vitestArgs.length > 0 ? ["--passWithNoTests"] : [];
  const started = Date.now();
  // Hundreds of tests start a Node, and each would strip the types of the same sources.
  const cache = { NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "compiled") };
  const { status, error } = spawnSync(binary, [...args, ...reporters, ...few, ...vitestArgs], {
    stdio: "inherit",
    cwd: root,
    env: { ...cache, ...process.env, ...env },
  });
  if (error) console.error(`"${binary}" could not be started: ${error.message}`);
  // Not every failure is a failed test.
  if (status !== 0) writeFileSync(failure, "");
  return { ...countsOf(join(root, file)), ok: status === 0, seconds: Math.round((Date.now() - started) / 1000) };
}

function countsOf(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, "utf8"));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

/** One line of a table. */
export function lineOf(title, { passed, failed, skipped, ok, seconds }) {
  return `${title}  ${String(passed).padStart(4)} passed, ${failed} failed, ${skipped} skipped  ${String(seconds).padStart(4)} s${ok ? "" : "  FAILED"}`;
}

function takeOption(args, option) {
  const values = [];
  for (let at = args.indexOf(option); at !== -1; at = args.indexOf(option)) values.push(args.splice(at, 2)[1]);
  return values;
}

function main() {
  const args = process.argv.slice(2);
  const chosen = takeOption(args, "--runtime");
  const [report = "test"] = takeOption(args, "--report");
  const lines = [];
  let ok = true;
  for (const runtime of chosen.length > 0 ? chosen : runtimeNames) {
    const title = describeRuntime(runtime);
    console.log(`\n${title}`);
    const outcome = runTests(runtime, `${report}-${runtime}`, args);
    lines.push(lineOf(title.padEnd(14), outcome));
    ok &&= outcome.ok;
  }
  console.log(`\nTests by runtime:\n${lines.map((line) => `  ${line}`).join("\n")}`);
  return ok ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
