// Finds and loads the addon. The one place outside the adapters where a runtime's own names appear.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { NativeBinding } from "@interloop/core/binding";
import { bundleAdvice, bundleFolders, endsWithArchive, findPackage, installedPackage, ownFolder, pythonIn, requireFrom } from "./places.ts";
import { prebuiltNames, requirePrebuilt } from "./prebuilt.ts";

export { bundleAdvice, installedPackage, packageOf, requireFrom } from "./places.ts";

/** What the addon exports besides the contract with core: the loader alone uses it. */
interface Addon extends NativeBinding {
  /** Tell the addon where the Python package `interloop` lies, the file that the program began with, and which variables C's environment should have. Called once, right after loading. */
  configure(packagePath: string, entry: string, variables?: Readonly<Record<string, string | undefined>>): void;
  /** The command line of this process. */
  commandLine(): readonly string[];
  /** The file that the system has loaded it from: a runtime that keeps files inside an executable writes it to another one. */
  ownFile(): string;
}

/** How {@link loadBinding} chooses among builds. */
export interface LoadOptions {
  /** Load the debug build, which counts what lives and aborts on misuse of a thread or the GIL. */
  readonly debug?: boolean;
  /** The file of the addon, when it is known: a worker takes that of the thread that started it. */
  readonly file?: string | undefined;
  /** The folder that holds the Python package `interloop`, or has it in a folder `python`. */
  readonly packagePath?: string | undefined;
}

const builds: Readonly<Record<string, string>> = {
  release: "interloop.node",
  debug: "interloop-debug.node",
  asan: "interloop-asan.node",
  tsan: "interloop-tsan.node",
};

interface DenoPermissions {
  readonly permissions: { querySync(descriptor: { readonly name: "env"; readonly variable: string }): { readonly state: string } };
}

// Deno asks the user, or throws, when a program reads a variable that it was not allowed to read; such a variable is not set. (The adapter has asked for those that choose a build.)
function environment(name: string): string | undefined {
  const { Deno: deno } = globalThis as { readonly Deno?: DenoPermissions };
  if (deno !== undefined && deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") return undefined;
  return process.env[name] || undefined;
}

/** A way to the addon, with the name that an error has for it. */
interface Candidate {
  readonly name: string;
  load(): { readonly addon: unknown; readonly file: string };
}

interface Candidates {
  readonly found: readonly Candidate[];
  readonly advice: string;
}

function fromFile(path: string): Candidate {
  const load = (): ReturnType<Candidate["load"]> => {
    if (!existsSync(path)) throw new Error("there is no such file");
    return { addon: requireFrom(path)(path), file: path };
  };
  return { name: path, load };
}

/** A prebuilt package as the files of a folder see it. */
function fromPackage(name: string, folder: string): Candidate {
  const load = (): ReturnType<Candidate["load"]> => {
    const found = findPackage(join(folder, "program.js"), name);
    if (found === undefined) throw new Error("it is not installed");
    return fromFile(join(found, "interloop.node")).load();
  };
  return { name, load };
}

function candidates(options: LoadOptions): Candidates {
  if (options.file !== undefined) return { found: [fromFile(options.file)], advice: "It is the addon of the thread that started this one" };
  const binary = environment("INTERLOOP_BINARY");
  if (binary !== undefined) return { found: [fromFile(resolve(binary))], advice: "Correct or unset INTERLOOP_BINARY" };

  const build = environment("INTERLOOP_NATIVE") ?? (options.debug === true ? "debug" : "release");
  const file = Object.hasOwn(builds, build) ? builds[build] : undefined;
  if (file === undefined) {
    throw new Error(`INTERLOOP_NATIVE is "${build}", which is no build of the addon: use one of ${Object.keys(builds).join(", ")}`);
  }
  const own = ownFolder();
  const folder = own ?? installedPackage("@interloop/native");
  const local = folder === undefined ? [] : [fromFile(join(folder, "build", file))];
  if (build !== "release") return { found: local, advice: `Build it with "npm run build:native -- --${build}"` };
  if (own !== undefined) {
    const traced = prebuiltNames().map((name): Candidate => ({
      name,
      load: () => ({ addon: requirePrebuilt(name, own), file: requireFrom(join(own, "package.json")).resolve(name) }),
    }));
    return { found: [...local, ...traced], advice: 'Reinstall with optional dependencies, or build it in the repository with "npm run build:native"' };
  }
  const installed = folder === undefined ? [] : prebuiltNames().map((name) => fromPackage(name, folder));
  const beside = bundleFolders().flatMap((place) => [fromFile(join(place, file)), ...prebuiltNames().map((name) => fromPackage(name, place))]);
  return { found: [...local, ...installed, ...beside], advice: bundleAdvice };
}

/** Whether the packages are files inside an executable that `deno compile` has made, which Python cannot read. */
function isInsideExecutable(): boolean {
  const { Deno: deno } = globalThis as { readonly Deno?: { readonly build?: { readonly standalone?: boolean } } };
  return deno?.build?.standalone === true;
}

/** Where the Python package is. */
function findPython(options: LoadOptions, addon: Addon): string {
  const given = options.packagePath ?? environment("INTERLOOP_PACKAGE_PATH");
  if (given === undefined) return packagePath(addon);
  const found = pythonIn(resolve(given));
  if (found !== undefined) return found;
  const source = options.packagePath === undefined ? "INTERLOOP_PACKAGE_PATH" : 'The option "packagePath"';
  throw failure("package-missing", `${source} is "${given}", which holds no Python package "interloop": name the folder "python" of @interloop/native`);
}

/**
 * What goes on `sys.path` for the Python package `interloop`: the folder that holds it. In a bundle it is looked for beside the addon, in the installed packages, and beside the bundle; a published addon has it at its own end.
 *
 * @throws InterloopError `package-missing` when it is nowhere.
 */
export function packagePath(addon: { ownFile(): string } | undefined = loaded): string {
  // Tools that trace which files a program needs read this path, and take the folder along. Some do not.
  const own = ownFolder() === undefined || isInsideExecutable() ? undefined : pythonIn(join(dirname(fileURLToPath(import.meta.url)), "..", "python"));
  if (own !== undefined) return own;
  const addonFile = addon?.ownFile() || undefined;
  const installed = isInsideExecutable() ? undefined : installedPackage("@interloop/native");
  const places = [...(addonFile === undefined ? [] : [dirname(addonFile)]), ...(installed === undefined ? [] : [installed]), ...bundleFolders()];
  for (const place of places) {
    const found = pythonIn(place);
    if (found !== undefined) return found;
  }
  if (addonFile !== undefined && endsWithArchive(addonFile)) return addonFile;
  const tried = [...new Set(places)].map((place) => `"${join(place, "python")}"`).join(", ");
  throw failure(
    "package-missing",
    `The Python package of interloop is not there; looked for it in ${tried}. ${bundleAdvice}, or name its folder (python, in @interloop/native) with init({ packagePath }) or the variable INTERLOOP_PACKAGE_PATH`,
  );
}

let file: string | undefined;
let loaded: Addon | undefined;
let program: string | undefined;

/** Say which file the program begins with, where that is not what the runtime was given: a `.venv` beside it is found. Comes before {@link loadBinding}. */
export function setEntryFile(path: string): void {
  program = path;
}

function entryFile(): string {
  try {
    return program ?? process.argv[1] ?? "";
  } catch {
    return ""; // Deno does not tell it to every program.
  }
}

/** The command line of this process, from its executable on: what a runtime takes for itself, it does not show to the program. Empty before {@link loadBinding}, and where the system does not tell. */
export function commandLine(): readonly string[] {
  return loaded?.commandLine() ?? [];
}

/** The file that {@link loadBinding} has loaded, once it has. */
export function bindingFile(): string | undefined {
  return file;
}

// An error with a code: adapters make an InterloopError of it. This package must not load core, of which Deno may have a copy from elsewhere.
function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}

/**
 * Load the addon into this JS environment.
 *
 * `INTERLOOP_BINARY` names a file to load; `INTERLOOP_NATIVE` (`debug`, `asan`, `tsan`) one of the special builds. Otherwise the build in this package is taken, or else
 * the prebuilt package of the platform; in a bundle those of the packages that are installed where it runs, or the file `interloop.node` beside it.
 *
 * @throws InterloopError `addon-missing`, which lists everything that was tried; `package-missing` without the Python package; `permission-denied` where the runtime forbids addons.
 */
export function loadBinding(options: LoadOptions = {}): NativeBinding {
  const { found, advice } = candidates(options);
  const failures: string[] = [];
  let isForbidden = false;
  for (const { name, load } of found) {
    try {
      const { addon, file: path } = load();
      if (typeof (addon as Addon).configure !== "function") throw new Error("it is no addon of interloop");
      return configure(addon as Addon, path, options);
    } catch (error) {
      if ((error as { code?: unknown }).code === "package-missing") throw error;
      isForbidden ||= (error as { code?: unknown }).code === "ERR_DLOPEN_DISABLED";
      failures.push(`"${name}" (${reason(error)})`);
    }
  }
  if (isForbidden) throw failure("permission-denied", forbidden());
  const platform = `${process.platform} ${process.arch}`;
  throw failure("addon-missing", `The native addon cannot be loaded on ${platform}; tried ${[...new Set(failures)].join(", ")}. ${advice}`);
}

/** Node loads no addon under its permission model, or when it was told to load none. */
function forbidden(): string {
  const flags = [...process.execArgv, ...(environment("NODE_OPTIONS") ?? "").split(/\s+/)];
  const remedy = flags.includes("--no-addons")
    ? 'run it without "--no-addons"'
    : 'run it with "--allow-addons" beside "--permission", and with "--allow-worker" where spawnBlocking() is to run functions of JavaScript';
  return `Node does not let interloop load its addon: ${remedy}`;
}

function configure(addon: Addon, path: string, options: LoadOptions): Addon {
  const python = findPython(options, addon);
  // In Bun what a program assigns to process.env does not reach C's getenv (oven-sh/bun#42891).
  if (process.versions["bun"] === undefined) addon.configure(python, entryFile());
  else addon.configure(python, entryFile(), { ...process.env });
  file = path;
  loaded = addon;
  return addon;
}
