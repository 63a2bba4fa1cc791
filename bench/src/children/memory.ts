/** How much memory a million crossings leave behind: a process of its own, so that nothing else grows in it. */
import { setImmediate as macrotask } from "node:timers/promises";
import process from "node:process";
import { getRuntime } from "../runtime.ts";
import type { PyObject } from "../runtime.ts";
import { load } from "../source.ts";

const WARM_UP = 100_000;
const CROSSINGS = 1_000_000;
/** Between two macrotasks, in which finalizers run: a program that never gives way cannot free anything. */
const BURST = 1000;
const ROUNDS = 4;

const kind = process.argv[2];
const { noop } = load("floors") as unknown as { noop: () => PromiseLike<unknown> };
const { thing, collect: collectPython } = load("crossings") as unknown as { thing: () => PyObject; collect: () => void };
const { capabilities, loadBinding, name } = getRuntime();
const native = loadBinding();

function collectGarbage(): void {
  if (capabilities.collectGarbage === undefined) throw new Error(`The adapter of ${name} cannot run the collector`);
  capabilities.collectGarbage();
}

async function cross(count: number): Promise<void> {
  for (let done = 0; done < count; done++) {
    if (kind === "proxies") thing();
    else await noop();
    if (done % BURST === 0) await macrotask();
  }
}

// The last resort gives back what V8 keeps for later, which is no growth of ours; on Python's side the C library does the same.
function collectJs(): void {
  if (globalThis.gc === undefined) collectGarbage();
  else globalThis.gc({ type: "major", execution: "sync", flavor: "last-resort" });
}

async function settled(): Promise<{ kB: number; census: Record<string, number> }> {
  for (let round = 0; round < ROUNDS; round++) {
    collectJs();
    await macrotask();
    await macrotask();
    collectPython();
  }
  return { kB: process.memoryUsage().rss / 1024, census: { ...native.census() } };
}

await cross(WARM_UP);
// Twice, so that the collectors' own code and tables are warm too.
await settled();
const before = await settled();
await cross(CROSSINGS);
const after = await settled();
console.log(JSON.stringify({ grownKB: after.kB - before.kB, before: before.census, after: after.census }));
