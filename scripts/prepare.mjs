// What must be there before anything runs: the addon and the project's own Python environment. Quick when both are up to date.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./node-binary.mjs";

for (const step of [["native/build.mjs"], ["scripts/python-env.mjs"]]) {
  const { status } = spawnSync(process.execPath, [join(root, step[0]), ...step.slice(1)], { stdio: "inherit", cwd: root });
  if (status !== 0) process.exit(status ?? 1);
}
