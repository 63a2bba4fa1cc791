/**
 * How late JS timers come while a Python job computes on a thread, beyond how late they come anyway: a process of its own, because the first task changes a process for good, as the first look at a
 * signal does.
 *
 *   untouched  the timers touch no Python
 *   touching   each calls a Python function
 */
import process from "node:process";
import { spawnBlocking } from "../runtime.ts";
import { load } from "../source.ts";
import { quantile } from "../statistics.ts";

const SECONDS = 2;
const INTERVAL = 5;

// Looked up once: each entry into Python, be it an attribute or a call, waits for the GIL by itself, up to the interpreter's switch interval (5 ms).
const { compute, add } = load("crossings") as unknown as { compute: (seconds: number) => number; add: (a: number, b: number) => number };

/** How late the timers of so many seconds came, in microseconds: the 99th percentile. */
async function lateness(tick: () => void): Promise<number> {
  const late: number[] = [];
  const end = performance.now() + (SECONDS * 1000) / 2;
  while (performance.now() < end) {
    const due = performance.now() + INTERVAL;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    tick();
    late.push((performance.now() - due) * 1000);
  }
  return quantile(late, 0.99);
}

const tick = process.argv[2] === "touching" ? () => void add(1, 2) : () => {};
const before = await lateness(tick);
const job = spawnBlocking(compute, SECONDS);
const during = await lateness(tick);
if (job.isFinished) throw new Error("The job ended before the timers did");
await job;
console.log(JSON.stringify(Math.max(1, during - before)));
