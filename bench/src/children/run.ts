/** Child processes of the benchmark: this same runtime, with the same flags. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Run a program of this folder, and parse what it prints. */
export async function runChild<T>(name: string, ...args: string[]): Promise<T> {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, file, ...args]);
  return JSON.parse(stdout) as T;
}
