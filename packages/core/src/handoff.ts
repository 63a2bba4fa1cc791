/** For adapters: the worker of placement `main`, before and around the program's entry. */
export { endedByExit, failedUncaught, joinMain } from "./run/main-worker.ts";
export { runPythonProgram, servePythonProgram } from "./run/program.ts";
export type { PythonProgram } from "./run/program.ts";
export { activeResources } from "./python/pending.ts";
