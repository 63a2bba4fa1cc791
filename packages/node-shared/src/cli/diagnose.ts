import { createRequire } from "node:module";
import process from "node:process";
import { isInterloopError } from "@interloop/core";
import type { NativeBinding } from "@interloop/core";
import { requireRuntime, runningRuntime } from "../detect-runtime.ts";
import { placements } from "./placements.ts";
import type { Program } from "./program.ts";
import type { Problem, Report } from "./report.ts";

// The oldest version of each runtime that has what interloop needs.
const oldest = { node: [22, 18], deno: [2, 4], bun: [1, 3] } as const;

const titles = { node: "Node", deno: "Deno", bun: "Bun" };

/** Look at everything, from what needs least to what needs most: the last step starts Python. */
export async function examine(program: Program): Promise<Report> {
  const problems: Problem[] = [];
  const note = <T>(look: () => T): T | undefined => {
    try {
      return look();
    } catch (error) {
      problems.push(problemOf(error));
      return undefined;
    }
  };

  const runtime = describeRuntime();
  note(() => requireRuntime(program.runtime));
  note(() => requireVersion(runtime.version));
  const packages = versionsOf(program);
  note(() => requireOneVersion(packages));
  const permissions = program.permissions?.();

  const binding = note(() => program.loadBinding());
  const found = binding === undefined ? undefined : note(() => binding.discover(""));
  if (found?.failure !== undefined) problems.push(found.failure);

  const ready = problems.length === 0;
  return {
    runtime,
    packages,
    addon: binding === undefined ? null : { file: program.bindingFile() ?? "", contract: binding.contract },
    python: found?.python === undefined ? null : describePython(found.python),
    candidates: found?.candidates ?? [],
    placements: ready ? await tryPlacements(program, problems) : Object.fromEntries(Object.keys(placements).map((name) => [name, null])),
    ...(permissions === undefined ? {} : { permissions }),
    problems,
  };
}

function problemOf(error: unknown): Problem {
  if (isInterloopError(error)) return { code: error.code, message: error.message };
  const { code, message } = error instanceof Error ? (error as Error & { code?: unknown }) : { code: undefined, message: String(error) };
  return { code: typeof code === "string" ? code : "error", message };
}

function describeRuntime(): Report["runtime"] {
  const name = runningRuntime();
  const versions: Readonly<Record<string, string | undefined>> = process.versions;
  return { name, version: versions[name] ?? "", platform: process.platform, arch: process.arch };
}

function requireVersion(version: string): void {
  const name = runningRuntime();
  const [major, minor] = oldest[name];
  const [hasMajor = 0, hasMinor = 0] = version.split(".").map(Number);
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return;
  throw new Error(`${titles[name]} ${version} is too old: use ${titles[name]} ${major}.${minor} or newer`);
}

function versionsOf({ runtime, url }: Program): Report["packages"] {
  const require = createRequire(url);
  const versionOf = (name: string): string | null => {
    try {
      return (require(`${name}/package.json`) as { version: string }).version;
    } catch {
      return null;
    }
  };
  const names = [runtime, "node-shared", "core", "native"].map((name) => `@interloop/${name}`);
  return Object.fromEntries(names.map((name) => [name, versionOf(name)]));
}

function requireOneVersion(packages: Report["packages"]): void {
  const known = Object.entries(packages).filter(([, version]) => version !== null);
  if (new Set(known.map(([, version]) => version)).size <= 1) return;
  const list = known.map(([name, version]) => `${name} ${version}`).join(", ");
  throw new Error(`The packages are of different versions (${list}): install the same version of all @interloop packages`);
}

type Found = NonNullable<ReturnType<NativeBinding["discover"]>["python"]>;
const describePython = ({ executable, version, prefix, library }: Found): Report["python"] => ({ executable, version, prefix, library });

/** Start Python and let something pass through each kind of loop. */
async function tryPlacements(program: Program, problems: Problem[]): Promise<Report["placements"]> {
  const tried: Record<string, boolean | null> = {};
  for (const [name, attempt] of Object.entries(placements)) {
    try {
      await program.install();
      tried[name] = await attempt(program);
    } catch (error) {
      tried[name] = false;
      problems.push(problemOf(error));
    }
  }
  return tried;
}
