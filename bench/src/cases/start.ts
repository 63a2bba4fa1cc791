/**
 * From starting a program to its first result, beyond what the bare runtime takes: with the facts about Python cached, and the first time ever. On the built packages, as users have them: the
 * sources would add what the runtime needs to strip their types.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { limitOf } from "../bars.ts";
import type { Case, Sample } from "../case.ts";
import { name as runtime } from "../runtime.ts";
import { median } from "../statistics.ts";

const PAIRS = 5;
const root = fileURLToPath(new URL("../../..", import.meta.url));
// Each after what it imports.
const packages = ["packages/core", "native", "packages/node-shared", `packages/${runtime}`].filter((folder) =>
  existsSync(join(root, folder, "tsconfig.build.json")),
);
// The program whose start is measured, and one that does nothing. Bun takes an empty text for no text.
const programs = {
  node: { args: [], url: new URL("../children/first-result/node.mjs", import.meta.url), bare: ["-e", "0"] },
  deno: { args: ["run", "--allow-all"], url: new URL("../children/first-result/deno.mjs", import.meta.url), bare: ["eval", "0"] },
  bun: { args: [], url: new URL("../children/first-result/bun.mjs", import.meta.url), bare: ["-e", "0"] },
};
const { args, url, bare } = programs[runtime];
const program = [...args, fileURLToPath(url)];

let built = false;

function build(): void {
  if (built) return;
  const compiler = join(root, "node_modules", ".bin", "tsc");
  for (const folder of packages) execFileSync(compiler, ["-p", join(root, folder, "tsconfig.build.json")], { stdio: ["ignore", "ignore", "inherit"] });
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
    const nothing = wholeProcess(bare);
    differences.push(wholeProcess(program, env()) - nothing);
  }
  return { value: median(differences), floor: limitOf(name) };
}

// Deno keeps its own things beside ours, and those are not what comes for the first time.
function keepDenoDir(): NodeJS.ProcessEnv {
  if (runtime !== "deno") return {};
  const { denoDir } = JSON.parse(execFileSync(process.execPath, ["info", "--json"], { encoding: "utf8" })) as { denoDir: string };
  return { DENO_DIR: denoDir };
}

function firstTime(): Sample {
  const cache = mkdtempSync(join(tmpdir(), "interloop-bench-"));
  const denoDir = keepDenoDir();
  let turn = 0;
  try {
    return sample("start/first-result/first-time", () => ({ ...process.env, ...denoDir, XDG_CACHE_HOME: join(cache, String(turn++)) }));
  } finally {
    rmSync(cache, { recursive: true });
  }
}

export const start: readonly Case[] = [
  { name: "start/first-result", unit: "us", floor: "limit", sample: async () => sample("start/first-result", () => process.env) },
  { name: "start/first-result/first-time", unit: "us", floor: "limit", sample: async () => firstTime() },
];
