/** Child processes of the benchmark, in this same runtime. */
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runningRuntime } from "@interloop/node-shared";

const source = "--conditions=@interloop/source";

// What comes before the file. Bun offers its collector without a flag.
const flags = {
  node: [source, "--disable-warning=ExperimentalWarning", "--expose-gc"],
  deno: ["run", "--allow-all", source, "--v8-flags=--expose-gc"],
  bun: [source],
};

/** Longer than any child takes, on a busy machine too. */
const LIMIT = 300_000;

/** Run a program of this folder, and parse what it prints. */
export async function runChild<T>(name: string, ...args: string[]): Promise<T> {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...flags[runningRuntime()], file, ...args], { timeout: LIMIT });
  return JSON.parse(stdout) as T;
}
