// Builds the addon for another platform with zig, and tries it as far as this machine can: npm run test:platform -- linux-arm64 [--compile-only] [--runtime node]...
//
// linux-arm64 runs the smoke program under qemu (Debian: qemu-user-static and libc6-arm64-cross), with Node from npm and CPython from scripts/python-carrier.mjs. For the other platforms there is nothing that could run them,
// so they are built only. What cannot be done for lack of a tool is skipped, with the reason.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { platforms } from "../native/target.mjs";
import { root, sourceFlags } from "./node-binary.mjs";
import { fetchCarried } from "./python-carrier.mjs";

/** Something that the machine lacks, which is no failure. */
class Skip extends Error {}

function build(platform) {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [join(root, "native", "build.mjs"), "--target", platform], { stdio: "inherit", cwd: root });
  if (status !== 0) throw new Error(`The addon could not be built for ${platform}`);
  const file = join(root, "native", "build", platform, "interloop.node");
  checkFormat(file, platform);
  console.log(`${platform}: built (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  return file;
}

// The first bytes of the file, and where it names its processor.
const formats = {
  "linux-x64": { magic: "7f454c46", at: 18, processor: 0x3e },
  "linux-arm64": { magic: "7f454c46", at: 18, processor: 0xb7 },
  "darwin-x64": { magic: "cffaedfe", at: 4, processor: 0x07 },
  "darwin-arm64": { magic: "cffaedfe", at: 4, processor: 0x0c },
};

function checkFormat(file, platform) {
  const { os, cpu } = platforms[platform];
  const { magic, at, processor } = formats[`${os}-${cpu}`];
  const head = readFileSync(file).subarray(0, 64);
  if (head.toString("hex", 0, 4) !== magic || head[at] !== processor) throw new Error(`"${file}" is no library for ${platform}`);
}

function fetchNodeFor(platform) {
  const home = join(root, ".nodes", platform);
  const binary = join(home, "node_modules", "emulated-node", "bin", "node");
  if (existsSync(binary)) return binary;
  const flags = ["--prefix", home, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--force"];
  const { status } = spawnSync("npm", ["install", ...flags, `emulated-node@npm:node-${platform}@^24.0.0`], {
    stdio: ["ignore", "ignore", "inherit"],
    cwd: root,
  });
  if (status !== 0 || !existsSync(binary)) throw new Error(`Node for ${platform} could not be fetched from npm`);
  return binary;
}

function emulatorOf(cpu, libraries) {
  if (spawnSync("qemu-aarch64-static", ["--version"], { stdio: "ignore" }).status !== 0)
    throw new Skip(`there is no qemu-aarch64-static to run ${cpu} with (Debian: apt-get install qemu-user-static)`);
  if (!existsSync(join(libraries, "lib", "ld-linux-aarch64.so.1")))
    throw new Skip(
      `there is no C library for ${cpu} in ${libraries} (Debian: apt-get install libc6-arm64-cross libstdc++6-arm64-cross libatomic1-arm64-cross)`,
    );
  return ["qemu-aarch64-static", "-L", libraries];
}

const program = join(root, "scripts", "platform-smoke.mjs");

function tryUnderEmulation(binary) {
  const emulator = emulatorOf("arm64", "/usr/aarch64-linux-gnu");
  const node = fetchNodeFor("linux-arm64");
  const python = fetchCarried("linux-arm64");
  const folder = mkdtempSync(join(tmpdir(), "interloop-arm64-"));
  try {
    // Programs that the emulated Node starts are run by this machine's kernel, which needs the emulator before them.
    const wrapper = join(folder, "python3");
    writeFileSync(wrapper, `#!/bin/sh\nexec ${emulator.join(" ")} ${python} "$@"\n`);
    chmodSync(wrapper, 0o755);
    mkdirSync(join(folder, "cache"));
    const env = { ...process.env, INTERLOOP_BINARY: binary, INTERLOOP_PYTHON: wrapper, XDG_CACHE_HOME: join(folder, "cache") };
    const minutes = 10;
    const { status, signal } = spawnSync(emulator[0], [...emulator.slice(1), node, ...sourceFlags, program], {
      stdio: "inherit",
      cwd: root,
      env,
      timeout: minutes * 60_000,
    });
    if (status !== 0) throw new Error(`The smoke program failed under emulation (${signal ?? `status ${status}`})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const aliases = { "linux-arm64": "linux-arm64-gnu", "linux-x64": "linux-x64-gnu" };

function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { "compile-only": { type: "boolean", default: false } } });
  const names = positionals.map((name) => aliases[name] ?? name);
  const unknown = names.find((name) => platforms[name] === undefined);
  if (names.length === 0 || unknown !== undefined)
    throw new Error(`${unknown === undefined ? "Name a platform" : `"${unknown}" is no platform of interloop`}: ${Object.keys(platforms).join(", ")}`);
  for (const name of names) {
    const binary = build(name);
    if (values["compile-only"] || name !== "linux-arm64-gnu") continue;
    try {
      tryUnderEmulation(binary);
      console.log(`${name}: the smoke program passed under emulation`);
    } catch (error) {
      if (!(error instanceof Skip)) throw error;
      console.log(`${name}: built, not run, because ${error.message}`);
    }
  }
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
