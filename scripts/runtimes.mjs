// The JS runtimes that the tests, the tour and the benchmark run on, all from npm: node scripts/runtimes.mjs prints those that are present.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode, nodeBinary, nodeLines, root, sourceFlags } from "./node-binary.mjs";

const [source] = sourceFlags;
const bunArch = process.arch === "arm64" ? "aarch64" : process.arch;

// Where npm puts the bare binary of this platform. These packages need no install script.
const packaged = {
  deno: [`@deno/${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`, "deno"],
  bun: [`@oven/bun-${process.platform}-${bunArch}`, join("bin", "bun")],
};

const titles = { node: "Node", deno: "Deno", bun: "Bun" };

/** The runtimes by name; "node" is the default line of Node, and "node-22" and the like are the lines by themselves. */
export const runtimeNames = ["node", "deno", "bun"];

/** What those names stand for: { runtime, line }, or undefined for a name that is none. */
export function parseRuntime(name) {
  const [runtime, line] = name.split("-");
  if (!runtimeNames.includes(runtime)) return undefined;
  if (line !== undefined && !(runtime === "node" && nodeLines.includes(line))) return undefined;
  return { runtime, line };
}

/** The path of a runtime's binary; an error that says what to do when it is missing. */
export function runtimeBinary(name) {
  const { runtime, line } = parse(name);
  if (runtime === "node") return nodeBinary(line);
  const [home, file] = packaged[runtime];
  const binary = join(root, "node_modules", home, file);
  if (existsSync(binary)) return binary;
  throw new Error(`${titles[runtime]} is missing: run "npm install" with its optional dependencies, among which is "${home}"`);
}

/** How to run a file of the sources: [binary, ...arguments that come before the file]. */
export function runtimeCommand(name) {
  const binary = runtimeBinary(name);
  switch (parse(name).runtime) {
    case "deno":
      return [binary, "run", "--allow-all", source];
    case "bun":
      return [binary, source];
    default:
      return [binary, ...sourceFlags];
  }
}

/** Whether that runtime is there. */
export function hasRuntime(name) {
  const { runtime, line } = parse(name);
  if (runtime === "node") return findNode(line ?? nodeLines[0]) !== undefined;
  const [home, file] = packaged[runtime];
  return existsSync(join(root, "node_modules", home, file));
}

/** The runtime with its version, as in "Deno 2.9.6". */
export function describeRuntime(name) {
  const { stdout } = spawnSync(runtimeBinary(name), ["--version"], { encoding: "utf8" });
  return `${titles[parse(name).runtime]} ${/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? ""}`;
}

function parse(name) {
  const parsed = parseRuntime(name);
  if (parsed === undefined) throw new Error(`"${name}" is no runtime: use one of ${[...runtimeNames, ...nodeLines.map((line) => `node-${line}`)].join(", ")}`);
  return parsed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of [...nodeLines.map((line) => `node-${line}`), "deno", "bun"]) {
    if (hasRuntime(name)) console.log(`${describeRuntime(name).padEnd(14)} ${runtimeBinary(name)}`);
  }
}
