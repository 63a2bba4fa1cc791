// Tells the tour on each runtime in turn: node scripts/start.mjs [node|node-22|deno|bun]...
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./node-binary.mjs";
import { runtimeCommand, runtimeNames } from "./runtimes.mjs";

const chosen = process.argv.slice(2);
const failed = [];
for (const [index, name] of (chosen.length > 0 ? chosen : runtimeNames).entries()) {
  if (index > 0) console.log(`\n${"=".repeat(80)}\n`);
  try {
    const [binary, ...args] = runtimeCommand(name);
    const { status, error } = spawnSync(binary, [...args, join("examples", "tour", "src", "main.ts")], { stdio: "inherit", cwd: root });
    if (error) console.error(`"${binary}" could not be started: ${error.message}`);
    if (status !== 0) failed.push(name);
  } catch (error) {
    console.error(error.message);
    failed.push(name);
  }
}
if (failed.length > 0) console.error(`\nThe tour failed on ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
