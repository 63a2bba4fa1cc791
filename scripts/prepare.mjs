// What must be there before anything runs: the addon and the project's own Python environment. Quick when both are up to date.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./node-binary.mjs";

// The loader takes the build that INTERLOOP_NATIVE names, so that is the one to make.
const build = process.env.INTERLOOP_NATIVE || "release";
const steps = [["native/build.mjs", ...(build === "release" ? [] : [`--${build}`])], ["scripts/python-env.mjs"]];

for (const [script, ...args] of steps) {
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], { stdio: "inherit", cwd: root });
  if (status !== 0) process.exit(status ?? 1);
}
