/** How late JS timers come while a Python job computes on a thread, beyond how late they come anyway: those that touch no Python, and those that call it each time. */
import { limitOf } from "../bars.ts";
import type { Case, Sample } from "../case.ts";
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

async function stall(name: string, tick: () => void): Promise<Sample> {
  const before = await lateness(tick);
  const job = spawnBlocking(compute, SECONDS);
  const during = await lateness(tick);
  if (job.isFinished) throw new Error("The job ended before the timers did");
  await job;
  return { value: Math.max(1, during - before), floor: limitOf(name) };
}

const cases = { "blocking/js-stall": () => {}, "blocking/js-stall/touching": () => void add(1, 2) };

export const blocking: readonly Case[] = Object.entries(cases).map(([name, tick]) => ({
  name,
  unit: "us",
  floor: "limit",
  sample: () => stall(name, tick),
}));
