/** JS awaits Python, and Python awaits JS: one at a time, and with a thousand in flight. */
import { against } from "../case.ts";
import type { Case } from "../case.ts";
import { load } from "../source.ts";

type Coroutine = () => PromiseLike<unknown>;
type Timed = (fn: () => Promise<void>, count: number) => PromiseLike<number>;

const IN_FLIGHT = 1000;
const { noop, sleep0 } = load("floors") as unknown as { noop: Coroutine; sleep0: Coroutine };
const crossings = load("crossings") as unknown as { await_one_at_a_time: Timed; await_in_flight: Timed };

async function asyncFn(): Promise<void> {}

async function oneAtATime(fn: Coroutine, count: number): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < count; done++) await fn();
  return ((performance.now() - start) / count) * 1000;
}

async function inFlight(fn: Coroutine, count: number): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < count; done += IN_FLIGHT) {
    const waiting: PromiseLike<unknown>[] = [];
    for (let next = 0; next < IN_FLIGHT; next++) waiting.push(fn());
    await Promise.all(waiting);
  }
  return ((performance.now() - start) / count) * 1000;
}

export const awaits: readonly Case[] = [
  against("A", "js-awaits-py/noop/seq", () => oneAtATime(noop, 5000)),
  against("A'", "js-awaits-py/noop/1000", () => inFlight(noop, 6000)),
  against("A sleep(0)", "js-awaits-py/sleep0/seq", () => oneAtATime(sleep0, 4000)),
  against("A' sleep(0)", "js-awaits-py/sleep0/1000", () => inFlight(sleep0, 5000)),
  against("B", "py-awaits-js/seq", () => crossings.await_one_at_a_time(asyncFn, 6000)),
  against("B'", "py-awaits-js/1000", () => crossings.await_in_flight(asyncFn, 20_000)),
];
