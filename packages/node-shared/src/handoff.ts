import { existsSync, realpathSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, SHARE_ENV, Worker, workerData } from "node:worker_threads";
import type { WorkerOptions } from "node:worker_threads";
import { InterloopError } from "@interloop/core";
import type { Handoff } from "@interloop/core";
import { packageOf } from "@interloop/native";
import { report } from "./report.ts";
import { runningRuntime } from "./detect-runtime.ts";

declare const __webpack_require__: unknown;

const KEY = "interloop.main";

const ADAPTERS = ["@interloop/node", "@interloop/deno", "@interloop/bun"];

interface Handed {
  readonly [KEY]: { readonly entry: string };
}

/** What the main thread gave to this worker; undefined in any other. */
export function handed(): Handed[typeof KEY] | undefined {
  return isMainThread ? undefined : ((workerData as Handed | null | undefined)?.[KEY] ?? undefined);
}

// The worker has its own in the place of this one.
const exit = process.exit.bind(process);

/** For the adapter whose `adapter.ts` has this `import.meta.url`: its `install.ts` runs in the worker before all other modules. In a bundle that is where it was put. */
export function makeHandoff(adapter: string | undefined): Handoff {
  return {
    role: isMainThread ? "main" : handed() === undefined ? "other" : "worker",
    isEntry,
    start: (url) => startWorker(url, preloadOf(adapter)),
    report: (error, fromPromise) => report(error, fromPromise),
    exitStatus: () => Number(process.exitCode ?? 0),
    exit(status) {
      // The listeners of this thread are copies of those in the worker.
      if (isMainThread) process.removeAllListeners("exit");
      return exit(status);
    },
    die(signal) {
      process.kill(process.pid, signal);
      return exit(128 + signal);
    },
  };
}

function isEntry(meta: { readonly url: string; readonly main?: boolean }): boolean {
  const { url } = meta;
  const from = handed();
  if (from !== undefined) return from.entry === url;
  if (!url.startsWith("file:")) return meta.main !== false;
  // All modules of a bundle are one file.
  if (bundleEntry() !== undefined) return meta.main ?? true;
  const path = fileURLToPath(url);
  if (!existsSync(path)) {
    throw new InterloopError(
      "main-entry",
      `main() evaluates the program's entry a second time, in a worker, and "${path}" is no file; put the program into a file`,
    );
  }
  const first = process.argv[1];
  return meta.main ?? (first !== undefined && existsSync(first) && realpathSync(first) === realpathSync(path));
}

/** The program's file where webpack or Rspack has made it: they put the place of the source at build time for `import.meta.url`. */
function bundleEntry(): URL | undefined {
  const first = process.argv[1];
  return typeof __webpack_require__ === "undefined" || first === undefined || !existsSync(first) ? undefined : pathToFileURL(realpathSync(first));
}

/** The `install.ts` beside an adapter's module, unless a bundler has put both into another file, which runs it by itself. */
function preloadOf(adapter: string | undefined): string | undefined {
  if (adapter === undefined || !ADAPTERS.some((name) => packageOf(adapter, name) !== undefined)) return undefined;
  return adapter.replace(/adapter(\.\w+)$/, "install$1");
}

function startWorker(url: string, preload: string | undefined): void {
  const data: Handed = { [KEY]: { entry: url } };
  const options: WorkerOptions & { preload?: string[] } = { workerData: data, argv: process.argv.slice(2), env: SHARE_ENV, stdin: false };
  const entry = bundleEntry() ?? new URL(url);
  switch (runningRuntime()) {
    case "node":
      startInNode(entry, options, [...process.execArgv, ...(preload === undefined ? [] : ["--import", preload])]);
      break;
    case "bun":
      void new Worker(entry, { ...options, ...(preload === undefined ? {} : { preload: [fileURLToPath(preload)] }) } as WorkerOptions);
      break;
    default:
      void new Worker(entry, options);
  }
}

/** Some flags are the whole process's, and no worker takes them: Node names those. */
function startInNode(entry: URL, options: WorkerOptions, execArgv: string[]): void {
  try {
    void new Worker(entry, { ...options, execArgv });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const refused = code === "ERR_WORKER_INVALID_EXEC_ARGV" ? message.slice(message.indexOf(":") + 1).split(",") : [];
    const flags = refused.map((flag) => flag.trim().split("=", 1)[0]);
    const kept = execArgv.filter((flag) => !flags.includes(flag.split("=", 1)[0]));
    if (kept.length === execArgv.length) throw error;
    void new Worker(entry, { ...options, execArgv: kept });
  }
}
