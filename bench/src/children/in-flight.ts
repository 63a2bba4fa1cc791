/**
 * How much memory a crossing takes while it is in flight, beyond the asyncio Task and the JS function that wait: a process of its own, because nothing that is made here ever ends, and so nothing of it is used again.
 *
 *   js-awaits-py  JS functions wait for Python coroutines
 *   py-awaits-js  Python coroutines wait for JS functions
 */
import { setImmediate as macrotask } from "node:timers/promises";
import process from "node:process";
import { getRuntime, python } from "../runtime.ts";
import { load } from "../source.ts";

const WARM_UP = 10_000;
const IN_FLIGHT = 100_000;
const ROUNDS = 3;

const kind = process.argv[2];
const { wait, Waiting, wait_in_tasks } = load("crossings") as unknown as {
  wait: () => PromiseLike<unknown>;
  Waiting: () => { add(count: number): void };
  wait_in_tasks: (fn: () => Promise<void>, count: number) => PromiseLike<void>;
};
const collectPython = python.import("gc").collect as () => number;
const { capabilities } = getRuntime();

/** What JS has to keep, too, in order to settle its own promises. */
const resolvers: (() => void)[] = [];
/** The functions in flight. */
const functions: Promise<void>[] = [];

async function waitFor(make: () => PromiseLike<unknown>): Promise<void> {
  await make();
}

const waitForJs = (): Promise<void> => waitFor(() => new Promise<void>((resolve) => resolvers.push(resolve)));

async function rss(): Promise<number> {
  for (let round = 0; round < ROUNDS; round++) {
    if (globalThis.gc === undefined) capabilities.collectGarbage?.();
    else globalThis.gc({ type: "major", execution: "sync", flavor: "last-resort" });
    await macrotask();
    await macrotask();
    collectPython();
  }
  return process.memoryUsage().rss;
}

/** Bytes for each of many that `begin` leaves in flight. */
async function bytesEach(begin: (count: number) => void | PromiseLike<void>): Promise<number> {
  await begin(WARM_UP);
  const before = await rss();
  await begin(IN_FLIGHT);
  return ((await rss()) - before) / IN_FLIGHT;
}

function keep(count: number, make: () => Promise<void>): void {
  for (let made = 0; made < count; made++) functions.push(make());
}

const waiting = Waiting();
const asyncio = await bytesEach((count) => waiting.add(count));
const js = await bytesEach((count) => keep(count, waitForJs));
const crossing = await bytesEach(kind === "py-awaits-js" ? (count) => wait_in_tasks(waitForJs, count) : (count) => keep(count, () => waitFor(wait)));
console.log(JSON.stringify({ asyncio, js, crossing }));
process.exit();
