import process from "node:process";
import { isPyError } from "@interloop/core";
import { nameResources } from "./resources.ts";

/** Call `callback` when the process or the worker ends: naturally, through `process.exit()`, or by an uncaught error. */
export function onExit(callback: (processEnds?: boolean) => void): void {
  process.on("exit", () => callback());
  readTracebacks();
  nameResources();
}

/** An uncaught error is printed when Python is gone: its traceback has to be asked for before. */
export function readTracebacks(): void {
  process.on("uncaughtExceptionMonitor", (error: unknown) => {
    if (isPyError(error)) void error.stack;
  });
}
