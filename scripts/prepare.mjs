// What must be there before anything runs: the addon and the project's own Python environment. Quick when both are up to date.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./node-binary.mjs";

// The loader takes the build that INTERLOOP_NATIVE names, so that is the one to make.
const build = process.env.INTERLOOP_NATIVE || "release";
const builds = ["release", "debug", "asan", "tsan"];
if (!builds.includes(build)) {
  console.error(`INTERLOOP_NATIVE is "${build}", which is no build of the addon: use one of ${builds.join(", ")}`);
  process.exit(1);
}
const steps = [["native/build.mjs", ...(build === "release" ? [] : [`--${build}`])], ["scripts/python-env.mjs"]];

// Both at once: pip takes no more than one core.
for (const [script, ...args] of steps) {
  spawn(process.execPath, [join(root, script), ...args], { stdio: "inherit", cwd: root }).on("exit", (status) => {
    if (status !== 0) process.exitCode = status ?? 1;
  });
}
