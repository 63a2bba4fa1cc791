/**
 * From starting a program to its first result, beyond what the bare runtime takes: with the facts about Python cached, and the first time ever. On the built packages, as users have them: the
 * sources would add what the runtime needs to strip their types.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { limitOf } from "../bars.ts";
import type { Case, Sample } from "../case.ts";
import { median } from "../statistics.ts";

const PAIRS = 5;
const root = fileURLToPath(new URL("../../..", import.meta.url));
// Each after what it imports.
const packages = ["packages/core", "native", "packages/node-shared", "packages/node"].filter((folder) => existsSync(join(root, folder, "tsconfig.build.json")));
const program = fileURLToPath(new URL("../children/first-result.mjs", import.meta.url));

let built = false;

function build(): void {
  if (built) return;
  const compiler = join(root, "node_modules", ".bin", "tsc");
  for (const folder of packages) execFileSync(compiler, ["-p", join(root, folder, "tsconfig.build.json")], { stdio: "inherit" });
  built = true;
}

/** Microseconds until a child with these arguments has ended. */
function wholeProcess(args: readonly string[], env: NodeJS.ProcessEnv = process.env): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  if (status !== 0) throw new Error(`The program "${args.join(" ")}" failed: ${stderr}`);
  return (performance.now() - start) * 1000;
}

function sample(name: string, env: () => NodeJS.ProcessEnv): Sample {
  build();
  const differences: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const bare = wholeProcess(["-e", ""]);
    differences.push(wholeProcess([program], env()) - bare);
  }
  return { value: median(differences), floor: limitOf(name) };
}

function firstTime(): Sample {
  const cache = mkdtempSync(join(tmpdir(), "interloop-bench-"));
  let turn = 0;
  try {
    return sample("start/first-result/first-time", () => ({ ...process.env, XDG_CACHE_HOME: join(cache, String(turn++)) }));
  } finally {
    rmSync(cache, { recursive: true });
  }
}

export const start: readonly Case[] = [
  { name: "start/first-result", unit: "us", floor: "limit", sample: async () => sample("start/first-result", () => process.env) },
  { name: "start/first-result/first-time", unit: "us", floor: "limit", sample: async () => firstTime() },
];
