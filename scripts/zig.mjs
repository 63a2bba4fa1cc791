// Fetches zig, a compiler for every system, from PyPI into .zig: node scripts/zig.mjs prints its path.
import { spawnSync } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./node-binary.mjs";
import { defaultPython } from "./python-env.mjs";

const version = "0.17.1";

/** The path of zig, fetched with pip when it is not there yet. */
export function fetchZig() {
  const home = join(root, ".zig", version);
  const binary = join(home, "ziglang", process.platform === "win32" ? "zig.exe" : "zig");
  if (existsSync(binary)) return binary;
  const unfinished = `${home}.${process.pid}.tmp`;
  rmSync(unfinished, { recursive: true, force: true });
  const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--target", unfinished, `ziglang==${version}`];
  const { status, stderr } = spawnSync(defaultPython().executable, args, { encoding: "utf8", cwd: root });
  if (status !== 0) throw new Error(`zig could not be fetched from PyPI ("ziglang==${version}"): ${(stderr ?? "").trim()}`);
  rmSync(home, { recursive: true, force: true });
  renameSync(unfinished, home);
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(fetchZig());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
