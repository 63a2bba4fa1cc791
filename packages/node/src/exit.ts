import { isPyError } from "@interloop/core";

/** Call `callback` when the process or the worker ends: naturally, through `process.exit()`, or by an uncaught error. */
export function onExit(callback: () => void): void {
  process.on("exit", callback);
  // Node prints an uncaught error after its exit handlers, when Python is gone: its traceback has to be asked for before.
  process.on("uncaughtExceptionMonitor", (error: unknown) => {
    if (isPyError(error)) void error.stack;
  });
}
