// The long rounds: race and stress tests at full length, CPython's own asyncio tests, and the sanitizers.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./node-binary.mjs";

const storms = ["stress", "thread"].map((name) => `packages/conformance/test/${name}.test.ts`);

const steps = [
  ["addon and Python environment", "scripts/prepare.mjs"],
  ["long rounds", "scripts/with-node.mjs", join("node_modules", "vitest", "vitest.mjs"), "run"],
  ["storms in Deno", "scripts/test.mjs", "--runtime", "deno", ...storms],
  ["storms in Bun", "scripts/test.mjs", "--runtime", "bun", ...storms],
  ["CPython's test_asyncio", "scripts/cpython-asyncio/index.mjs"],
  ["model of the wake protocol", "scripts/model.mjs"],
  ["sanitizers", "scripts/sanitize.mjs"],
];

const failed = [];
for (const [name, script, ...args] of steps) {
  console.log(`\nNightly: ${name}`);
  if (!existsSync(join(root, script))) {
    console.error(`"${script}" is missing, so this part was not run`);
    failed.push(name);
    continue;
  }
  const env = { ...process.env, INTERLOOP_NIGHTLY: "1" };
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit", cwd: root, env });
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "\nNightly: all parts passed" : `\nNightly: ${failed.join(", ")} failed`);
process.exit(failed.length === 0 ? 0 : 1);
