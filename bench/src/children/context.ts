/**
 * What a crossing costs with context carried or not: a process of its own, because the first use of an AsyncLocalStorage changes a process for good.
 *
 *   none    a runtime whose adapter has no async context at all
 *   unused  the adapter as it is, no AsyncLocalStorage of the program
 *   used    the same inside AsyncLocalStorage.run, a new store for each request of ten crossings
 */
import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import { defineRuntime } from "@interloop/core";
import { plainRuntime } from "./plain-runtime.ts";

const COUNT = 20_000;
const SAMPLES = 5;
const PER_REQUEST = 10;

const mode = process.argv[2];
// The first runtime stays: this comes before the adapter, which the next import brings.
if (mode === "none") defineRuntime(plainRuntime);
const { load } = await import("../source.ts");
const { noop } = load("floors") as unknown as { noop: () => PromiseLike<unknown> };
const storage = mode === "used" ? new AsyncLocalStorage<object>() : undefined;

async function request(): Promise<void> {
  for (let done = 0; done < PER_REQUEST; done++) await noop();
}

async function sample(): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < COUNT; done += PER_REQUEST) {
    if (storage === undefined) await request();
    else await storage.run({}, request);
  }
  return ((performance.now() - start) / COUNT) * 1000;
}

await sample();
let best = Number.POSITIVE_INFINITY;
for (let run = 0; run < SAMPLES; run++) best = Math.min(best, await sample());
// The best, not the middle: three processes are compared, and whatever disturbs one of them only adds.
console.log(JSON.stringify(best));
