// The long rounds: race and stress tests at full length, CPython's own asyncio tests, and the sanitizers.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./node-binary.mjs";

// What by day is short in each runtime, or is not run in these two at all (vitest.config.ts).
const inDenoAndBun = ["stress", "chaos", "thread", "conformance-asyncio-handles", "cpython-asyncio", "custom-runtime"].map(
  (name) => `packages/conformance/test/${name}.test.ts`,
);

// By day some of the files run on the debug build; at night all of them do, with the rounds of the day.
const debug = { INTERLOOP_NATIVE: "debug", INTERLOOP_NIGHTLY: "" };

const steps = [
  { name: "addon and Python environment", args: ["scripts/prepare.mjs"] },
  { name: "long rounds", args: ["scripts/with-node.mjs", join("node_modules", "vitest", "vitest.mjs"), "run"] },
  { name: "long rounds in Deno", args: ["scripts/test.mjs", "--runtime", "deno", ...inDenoAndBun] },
  { name: "long rounds in Bun", args: ["scripts/test.mjs", "--runtime", "bun", ...inDenoAndBun] },
  { name: "debug build", args: ["scripts/prepare.mjs"], env: debug },
  { name: "tests on the debug build", args: ["scripts/test.mjs", "--runtime", "node", "--project", "conformance"], env: debug },
  { name: "CPython's test_asyncio", args: ["scripts/cpython-asyncio/index.mjs"] },
  { name: "model of the wake protocol", args: ["scripts/model.mjs"] },
  { name: "every target", args: ["scripts/targets/index.mjs", "--night"] },
  { name: "other platforms", args: ["scripts/platform.mjs", "linux-arm64", "linux-x64-musl", "linux-arm64-musl", "darwin-arm64", "darwin-x64"] },
  { name: "sanitizers", args: ["scripts/sanitize.mjs"] },
];

const failed = [];
for (const { name, env, args } of steps) {
  console.log(`\nNightly: ${name}`);
  if (!existsSync(join(root, args[0]))) {
    console.error(`"${args[0]}" is missing, so this part was not run`);
    failed.push(name);
    continue;
  }
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit", cwd: root, env: { ...process.env, INTERLOOP_NIGHTLY: "1", ...env } });
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "\nNightly: all parts passed" : `\nNightly: ${failed.join(", ")} failed`);
process.exit(failed.length === 0 ? 0 : 1);
