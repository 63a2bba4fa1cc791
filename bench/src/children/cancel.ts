/**
 * How long a cancellation takes to arrive, one at a time, beside a crossing that nobody cancels: a process of its own, because the first look at a signal changes a process for good.
 *
 *   to-py  from `abort()` in JS, through the Task that ends, to the rejected promise
 *   to-js  from `task.cancel()` in Python to the `abort` event of the JS function's signal
 */
import process from "node:process";
import { getCurrentSignal, intoPromise } from "../runtime.ts";
import type { PyObject } from "../runtime.ts";
import { load } from "../source.ts";
import { median } from "../statistics.ts";

// Slices of a few milliseconds on both sides, so that a busy machine disturbs both alike.
const COUNT = 200;
const CROSSINGS = 2000;
const SLICES = 21;
/** Made beforehand: what JS takes to make an AbortError with its stack is no part of the way. */
const REASON = new Error("no longer needed");

const { sleep0 } = load("floors") as unknown as { sleep0: () => PromiseLike<unknown> };
const crossings = load("crossings");

async function noopInJs(): Promise<void> {}

async function crossToPython(): Promise<number> {
  const start = performance.now();
  // One that suspends, as what is cancelled must.
  for (let done = 0; done < CROSSINGS; done++) await sleep0();
  return ((performance.now() - start) / CROSSINGS) * 1000;
}

const crossToJs = (): PromiseLike<number> => crossings.await_one_at_a_time(noopInJs, CROSSINGS) as PromiseLike<number>;

async function abort(): Promise<number> {
  const begun = Array.from({ length: COUNT }, () => {
    const controller = new AbortController();
    const promise = intoPromise(crossings.wait(), { signal: controller.signal });
    return { controller, promise };
  });
  await Promise.resolve();
  let aborted = 0;
  const start = performance.now();
  for (const { controller, promise } of begun) {
    controller.abort(REASON);
    await promise.catch(() => aborted++);
  }
  const elapsed = performance.now() - start;
  if (aborted !== COUNT) throw new Error("A cancellation was lost");
  return (elapsed / COUNT) * 1000;
}

async function cancel(): Promise<number> {
  const aborted: Promise<number>[] = [];
  const untilAborted = (): Promise<number> => {
    const signal = getCurrentSignal();
    const promise = new Promise<number>((resolve) => signal.addEventListener("abort", () => resolve(performance.now()), { once: true }));
    aborted.push(promise);
    return promise;
  };
  const tasks = [...((await crossings.start_tasks(untilAborted, COUNT)) as PyObject)] as PyObject[];
  const cancels = tasks.map((task) => task.cancel as () => boolean);
  let elapsed = 0;
  for (const [index, cancelTask] of cancels.entries()) {
    const start = performance.now();
    cancelTask();
    elapsed += (await aborted[index]!) - start;
  }
  return (elapsed / COUNT) * 1000;
}

async function slices(slice: () => PromiseLike<number>, turns: number = SLICES): Promise<number[]> {
  const taken: number[] = [];
  for (let turn = 0; turn < turns; turn++) taken.push(await slice());
  return taken;
}

const [cross, end] = process.argv[2] === "to-js" ? [crossToJs, cancel] : [crossToPython, abort];
await slices(cross);
// Before anybody looks at a signal.
const floor = median(await slices(cross));
// As many as there were crossings: an engine optimises what is run often.
await slices(end, (SLICES * CROSSINGS) / COUNT);
console.log(JSON.stringify({ floor, value: median(await slices(end)) }));
