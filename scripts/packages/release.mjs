// Publishes what is not published yet: the platforms of the addon, then all packages on npm, then the sources on JSR. Run by the release workflow, with all prebuilds in place.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { root } from "../node-binary.mjs";
import { runtimeBinary } from "../runtimes.mjs";
import { layOutJsr } from "./jsr.mjs";
import { build, npmBin, readJson, run } from "./pack.mjs";

const say = (command, args, options) => process.stdout.write(run(command, args, options));

function isPublished({ name, version }) {
  return spawnSync("npm", ["view", `${name}@${version}`, "version"], { encoding: "utf8" }).stdout.trim() === version;
}

function publishPlatforms() {
  const folder = join(root, "native", "npm");
  for (const name of readdirSync(folder).filter((name) => /^(linux|darwin)-/.test(name))) {
    const home = join(folder, name);
    if (!isPublished(readJson(join(home, "package.json")))) say("npm", ["publish", home, "--access", "public"]);
  }
}

function publishToJsr() {
  const folder = join(root, ".jsr");
  rmSync(folder, { recursive: true, force: true });
  layOutJsr(folder);
  say(runtimeBinary("deno"), ["publish", "--allow-dirty"], { cwd: folder });
}

try {
  build();
  say(process.execPath, ["native/npm.mjs", "--complete", "--glibc", "2.28"]);
  say(process.execPath, ["scripts/check-packages.mjs"]);
  publishPlatforms();
  say(join(npmBin, "changeset"), ["publish"]);
  publishToJsr();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
