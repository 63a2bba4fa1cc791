/** What is true of every runtime that speaks `node:*`, for the adapters: programs import `@interloop/node`, `@interloop/deno` or `@interloop/bun` instead. */
export { loadAddon } from "./addon.ts";
export { anchor, asyncContext } from "./async-context.ts";
export { onExit, readTracebacks } from "./exit.ts";
export { collectGarbage } from "./garbage.ts";
export { makeHandoff } from "./handoff.ts";
export { prepareHandedWorker } from "./handoff-worker.ts";
export { init } from "./init.ts";
export type { FileInitOptions } from "./init.ts";
export { jobRunner } from "./jobs.ts";
export { leakReporter } from "./leaks.ts";
export { bunProcess, denoProcess, nodeProcess } from "./shared-process/index.ts";
export { shareNodeStreams } from "./shared-process/streams.ts";
export { nameResources } from "./resources.ts";
export { runMacrotask, spawn, timer } from "./timing.ts";
export { modules } from "./modules.ts";
export { registerPythonModules, resolvePythonModules, sourceOf as pythonModuleSource } from "./python-modules.ts";
export { requireRuntime, runningRuntime } from "./detect-runtime.ts";
export type { RuntimeName } from "./detect-runtime.ts";
