/** For adapters: the worker of placement `main`, before and around the program's entry. */
export { endedByExit, failedUncaught, joinMain } from "./loop/main-worker.ts";
export { runPythonProgram, servePythonProgram } from "./loop/program.ts";
export type { PythonProgram } from "./loop/program.ts";
export { activeResources } from "./python/pending.ts";
