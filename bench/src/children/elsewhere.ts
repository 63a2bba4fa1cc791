/** What a crossing costs when the loop has another thread, in the placement of the process that calls this: one case, printed as JSON. */
import process from "node:process";
import { measureFloor } from "../floors.ts";
import type { PythonFloor } from "../floors.ts";
import { python } from "../runtime.ts";
import type { PyObject } from "../runtime.ts";
import { load } from "../source.ts";
import { inFlight, oneAtATime } from "../timing.ts";

type Timed = (fn: () => Promise<void>, count: number) => PromiseLike<number>;

interface Measured {
  /** What it is compared with; a case without one is measured once. */
  readonly floor?: PythonFloor;
  readonly slice: () => number | PromiseLike<number>;
}

const SLICES = 5;
/** Milliseconds between two ticks, and seconds for which Python computes. */
const TICK = 1;
const COMPUTE = 2;

const { noop, add } = load("floors") as unknown as { noop: () => PromiseLike<PyObject>; add: (a: number, b: number) => number };
const crossings = load("crossings") as unknown as {
  await_one_at_a_time: Timed;
  await_in_flight: Timed;
  compute_on_loop: (seconds: number) => PromiseLike<null>;
};

async function asyncFn(): Promise<void> {}

/** The 99th percentile of how late JS timers are while Python computes, less the tick itself, in microseconds. */
async function stall(tick: () => unknown): Promise<number> {
  const late: number[] = [];
  let last = performance.now();
  const interval = setInterval(() => {
    tick();
    const now = performance.now();
    late.push(now - last - TICK);
    last = now;
  }, TICK);
  await crossings.compute_on_loop(COMPUTE);
  clearInterval(interval);
  late.sort((a, b) => a - b);
  return late[Math.floor(late.length * 0.99)]! * 1000;
}

const cases: Readonly<Record<string, Measured>> = {
  "js-awaits-py/seq": { floor: "A", slice: () => oneAtATime(noop, 2000) },
  "js-awaits-py/1000": { floor: "A'", slice: () => inFlight(noop, 5000) },
  "py-awaits-js/seq": { floor: "A", slice: () => crossings.await_one_at_a_time(asyncFn, 2000) },
  "py-awaits-js/1000": { floor: "A'", slice: () => crossings.await_in_flight(asyncFn, 5000) },
  "stall-under-cpu": { slice: () => stall(() => undefined) },
  "stall-under-cpu/touching": { slice: () => stall(() => add(1, 2)) },
};

export async function measureElsewhere(name: string): Promise<void> {
  const chosen = cases[name];
  if (chosen === undefined) throw new Error(`There is no case "${name}"`);
  const { floor, slice } = chosen;
  await python.import("asyncio").sleep(0);
  if (floor !== undefined) await slice();
  let floors = 0;
  let values = 0;
  const slices = floor === undefined ? 1 : SLICES;
  for (let turn = 0; turn < slices; turn++) {
    if (floor !== undefined) floors += measureFloor(floor);
    values += await slice();
  }
  console.log(JSON.stringify({ value: values / slices, floor: floors / slices }));
  process.exit();
}
