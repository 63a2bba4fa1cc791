// Runs clang-tidy (native/.clang-tidy) over the addon: node scripts/clang-tidy.mjs. A file that has passed is not checked again before it or a header that it includes changes.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isFor, ownPlatform, platforms } from "../native/target.mjs";
import { root } from "./node-binary.mjs";
import { ensureDefaultEnv } from "./python-env.mjs";

const native = join(root, "native");
const source = join(native, "src");
const passed = join(native, "build", "clang-tidy");
const command = join(ensureDefaultEnv(), "..", "clang-tidy");

const contents = new Map();
function read(name) {
  if (!contents.has(name)) contents.set(name, readFileSync(join(source, name), "utf8"));
  return contents.get(name);
}

/** The file and all of the addon's headers that it includes, directly or not. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, included] of read(name).matchAll(/^#include "([^"]+)"/gm)) if (existsSync(join(source, included))) closure(included, seen);
  return seen;
}

const commands = spawnSync(process.execPath, [join(native, "build.mjs"), "--commands"], { stdio: "inherit" });
if (commands.status !== 0) process.exit(1);
const version = spawnSync(command, ["--version"], { encoding: "utf8" }).stdout;
const config = readFileSync(join(native, ".clang-tidy"), "utf8");

function keyOf(name) {
  // In the order of the includes, which is the same as long as the files are.
  const hash = createHash("sha256").update(version).update(config);
  for (const part of closure(name)) hash.update(part).update(read(part));
  return hash.digest("hex");
}

mkdirSync(passed, { recursive: true });
// It has the headers of this system only.
const names = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".cc") && isFor(name, platforms[ownPlatform()]));
const keys = new Map(names.map((name) => [name, keyOf(name)]));
const kept = new Set(keys.values());
for (const key of readdirSync(passed)) if (!kept.has(key)) rmSync(join(passed, key));
const queue = names.filter((name) => !existsSync(join(passed, keys.get(name))));

let failed = 0;
async function work() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const child = spawn(command, ["-p", join(native, "build"), "--quiet", join(source, name)], { stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    const status = await new Promise((resolve) => {
      child.on("close", resolve);
    });
    if (status === 0) writeFileSync(join(passed, keys.get(name)), "");
    else {
      failed += 1;
      process.stderr.write(output || `clang-tidy ended with ${status} at "${name}"\n`);
    }
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
process.exitCode = failed > 0 ? 1 : 0;
