/** The files that a worker runs. A bundler leaves them behind, and what stands in the place of this module then is the program: a worker never runs that. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InterloopError } from "@interloop/core";
import { bindingFile, bundleAdvice, installedPackage, packageOf, requireFrom } from "@interloop/native";
import type { RuntimeName } from "./detect-runtime.ts";

declare const __webpack_require__: unknown;

/** What a pool of workers is made of. */
export interface WorkerFiles {
  /** The URL of the module that workers run. */
  readonly worker: string;
  /** The URL of the adapter's module. */
  readonly adapter: string;
  /** The file of the addon, where workers would not find it by themselves. */
  readonly addon: string | undefined;
  /** The package piscina. */
  readonly piscina: unknown;
}

/** The files for an adapter: beside this module and the adapter's own, or those of the packages that are installed where the bundle runs. */
export async function workerFiles(own: string | undefined, adapter: string | undefined, runtime: RuntimeName): Promise<WorkerFiles> {
  const worker = besideOwn(own);
  if (worker !== undefined && adapter !== undefined && !isMoved(adapter, `@interloop/${runtime}`)) {
    return { worker, adapter, addon: undefined, piscina: worker.startsWith("file:") ? requirePiscina() : await importPiscina() };
  }
  const installed = fileIn("@interloop/node-shared", "job-worker");
  const installedAdapter = fileIn(`@interloop/${runtime}`, "adapter");
  if (installed === undefined || installedAdapter === undefined) {
    throw new InterloopError(
      "worker-died",
      `No worker can start: the file "job-worker" of @interloop/node-shared is missing beside "${own ?? "the bundle"}", and the package @interloop/${runtime} is not installed there. ${bundleAdvice}`,
    );
  }
  const url = (file: string): string => pathToFileURL(file).href;
  return { worker: url(installed), adapter: url(installedAdapter), addon: bindingFile(), piscina: installedPiscina(installed) };
}

function besideOwn(own: string | undefined): string | undefined {
  if (own === undefined || isMoved(own, "@interloop/node-shared")) return undefined;
  const beside = own.replace(/[\w-]+(\.\w+)$/, "job-worker$1");
  if (!own.startsWith("file:")) return beside;
  // Tools that trace which files a program needs read this path; the sources run as they are.
  const compiled = join(dirname(fileURLToPath(import.meta.url)), "job-worker.js");
  return existsSync(compiled) ? pathToFileURL(compiled).href : beside;
}

/** Whether a module is in none of our packages. Those that come from elsewhere than a file are never moved. */
function isMoved(url: string, name: string): boolean {
  return url.startsWith("file:") && packageOf(url, name) === undefined;
}

/** Tools that trace which files a program needs follow this call. A bundler that followed it would make a copy that starts workers with a file that is not there; webpack would, so its output does not have it. */
function requirePiscina(): unknown {
  if (typeof __webpack_require__ !== "undefined") return undefined;
  const require = createRequire(import.meta.url);
  return require("piscina");
}

function installedPiscina(worker: string): unknown {
  try {
    return requireFrom(worker)("piscina") as unknown;
  } catch (error) {
    throw new InterloopError(
      "worker-died",
      `No worker can start: this program cannot load the packages that are installed at "${dirname(worker)}", as in an executable of Bun, which needs "bun build --compile --compile-autoload-package-json" for it; Python functions in spawnBlocking need no packages`,
      { cause: error },
    );
  }
}

/** Where modules come from a registry of their own there is no `require`. */
function importPiscina(): Promise<unknown> {
  const name = "npm:piscina@^5.3.2";
  return import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name);
}

/** A file of an installed package: compiled, or the source in the repository. */
function fileIn(name: string, file: string): string | undefined {
  const folder = installedPackage(name);
  return folder === undefined ? undefined : [join(folder, "dist", `${file}.js`), join(folder, "src", `${file}.ts`)].find((path) => existsSync(path));
}
