/** JS awaits Python, and Python awaits JS: one at a time, and with a thousand in flight. */
import { against } from "../case.ts";
import type { Case } from "../case.ts";
import { load } from "../source.ts";
import { inFlight, oneAtATime } from "../timing.ts";

type Coroutine = () => PromiseLike<unknown>;
type Timed = (fn: () => Promise<void>, count: number) => PromiseLike<number>;

const { noop, sleep0 } = load("floors") as unknown as { noop: Coroutine; sleep0: Coroutine };
const crossings = load("crossings") as unknown as { await_one_at_a_time: Timed; await_in_flight: Timed };

async function asyncFn(): Promise<void> {}

export const awaits: readonly Case[] = [
  against("A", "js-awaits-py/noop/seq", () => oneAtATime(noop, 5000)),
  against("A'", "js-awaits-py/noop/1000", () => inFlight(noop, 6000)),
  against("A sleep(0)", "js-awaits-py/sleep0/seq", () => oneAtATime(sleep0, 4000)),
  against("A' sleep(0)", "js-awaits-py/sleep0/1000", () => inFlight(sleep0, 5000)),
  against("B", "py-awaits-js/seq", () => crossings.await_one_at_a_time(asyncFn, 6000)),
  against("B'", "py-awaits-js/1000", () => crossings.await_in_flight(asyncFn, 20_000)),
];
