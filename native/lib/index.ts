// Finds and loads the addon. The one place outside the adapters where a runtime's own names appear.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { NativeBinding } from "@interloop/core/binding";

/** What the addon exports besides the contract with core: the loader alone uses it. */
interface Addon extends NativeBinding {
  /** Tell the addon where the Python package `interloop` lies, and which variables C's environment should have. Called once, right after loading. */
  configure(packagePath: string, variables?: Readonly<Record<string, string | undefined>>): void;
  /** The command line of this process. */
  commandLine(): readonly string[];
}

/** How {@link loadBinding} chooses among builds. */
export interface LoadOptions {
  /** Load the debug build, which counts what lives and aborts on misuse of a thread or the GIL. */
  readonly debug?: boolean;
}

// Both lib/ and dist/ lie one level below the package.
const home = fileURLToPath(new URL("..", import.meta.url));

/** The folder that holds the Python package `interloop`; it goes on `sys.path`. */
export const packagePath: string = join(home, "python");

const builds: Readonly<Record<string, string>> = {
  release: "interloop.node",
  debug: "interloop-debug.node",
  asan: "interloop-asan.node",
  tsan: "interloop-tsan.node",
};

// Deno refuses what it was not allowed to read; a variable that may not be read is not set.
function environment(name: string): string | undefined {
  try {
    return process.env[name] || undefined;
  } catch {
    return undefined;
  }
}

// The prebuilt packages of this platform. Package managers install the one for the machine's libc; where they install both, the wrong one does not load.
function prebuilt(): string[] {
  const base = `@interloop/native-${process.platform}-${process.arch}`;
  return process.platform === "linux" ? [`${base}-gnu`, `${base}-musl`] : [base];
}

interface Candidates {
  readonly places: readonly string[];
  readonly advice: string;
}

function candidates(options: LoadOptions): Candidates {
  const binary = environment("INTERLOOP_BINARY");
  if (binary !== undefined) return { places: [resolve(binary)], advice: "Correct or unset INTERLOOP_BINARY" };

  const build = environment("INTERLOOP_NATIVE") ?? (options.debug === true ? "debug" : "release");
  const file = Object.hasOwn(builds, build) ? builds[build] : undefined;
  if (file === undefined) {
    throw new Error(`INTERLOOP_NATIVE is "${build}", which is no build of the addon: use one of ${Object.keys(builds).join(", ")}`);
  }
  const local = join(home, "build", file);
  if (build !== "release") return { places: [local], advice: `Build it with "npm run build:native -- --${build}"` };
  const advice = 'Reinstall with optional dependencies, or build it in the repository with "npm run build:native"';
  return { places: [local, ...prebuilt()], advice };
}

let file: string | undefined;
let loaded: Addon | undefined;

/** The command line of this process, from its executable on: what a runtime takes for itself, it does not show to the program. Empty before {@link loadBinding}, and where the system does not tell. */
export function commandLine(): readonly string[] {
  return loaded?.commandLine() ?? [];
}

/** The file that {@link loadBinding} has loaded, once it has. */
export function bindingFile(): string | undefined {
  return file;
}

function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}

/**
 * Load the addon into this JS environment.
 *
 * `INTERLOOP_BINARY` names a file to load; `INTERLOOP_NATIVE` (`debug`, `asan`, `tsan`) one of the special builds. Otherwise the build in this package is taken, or else
 * the prebuilt package of the platform. Throws one error that lists everything that was tried.
 */
export function loadBinding(options: LoadOptions = {}): NativeBinding {
  const require = createRequire(import.meta.url);
  const { places, advice } = candidates(options);
  const failures: string[] = [];
  for (const place of places) {
    try {
      const isFile = place.endsWith(".node");
      if (isFile && !existsSync(place)) throw new Error("there is no such file");
      const addon = require(place) as Addon;
      if (typeof addon.configure !== "function") throw new Error("it is no addon of interloop");
      // In Bun what a program assigns to process.env does not reach C's getenv (oven-sh/bun#42891).
      if (process.versions["bun"] === undefined) addon.configure(packagePath);
      else addon.configure(packagePath, { ...process.env });
      file = require.resolve(place);
      loaded = addon;
      return addon;
    } catch (error) {
      failures.push(`"${place}" (${reason(error)})`);
    }
  }
  const platform = `${process.platform} ${process.arch}`;
  throw Object.assign(new Error(`The native addon cannot be loaded on ${platform}; tried ${failures.join(", ")}. ${advice}`), { code: "addon-missing" });
}
