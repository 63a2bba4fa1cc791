/** The runtime that is measured, with its adapter. What else is used of interloop comes from here, so that the adapter is always there first. */
import process from "node:process";
import { runningRuntime } from "@interloop/node-shared";

/** The runtime that runs this file. */
export const name = runningRuntime();

await import(`@interloop/${name}`);

/** Its version. */
export const version: string = (process.versions as Readonly<Record<string, string | undefined>>)[name] ?? "";

export { asyncIterableIntoPy, getCurrentSignal, getRuntime, intoAsyncIterable, intoPromise, python, spawnBlocking } from "@interloop/core";
export type { PyObject } from "@interloop/core";
