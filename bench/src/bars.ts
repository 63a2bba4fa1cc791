/** The bars: how much of its floor a case may cost. A bar holds when the median of at least {@link ENOUGH} runs is within {@link MARGIN} of it. */

export const MARGIN = 1.1;
export const ENOUGH = 5;

interface Bar {
  /** The greatest ratio, on Node. */
  readonly node: number;
  /** On Deno and Bun. */
  readonly others: number;
  /** The sentence that sets it. */
  readonly says: string;
}

const NOOP = "JS awaits a Python noop coroutine, one at a time / 1000 in flight: 0.45 A / 0.80 A', on Deno and Bun 0.6 / 0.9";
const SLEEP = "the same with one sleep(0) inside, against asyncio doing it: 0.55 / 0.75, on Deno and Bun 0.7 / 0.9";
const PROMISE = "Python awaits an async JS function, one at a time / 1000 in flight: 0.60 B / 0.80 B', on Deno and Bun 0.8 / 1.0";
const STREAM = "async generator to JS, JS async generator to Python, per item, default highWaterMark (16): 3.5 C";
const BUFFER = "1 MB buffer either way: no copy, under 10 us";
const MEMORY = "census equal and RSS within 1 MB per 10^6 crossings, also with a fresh proxied object each";
const IN_FLIGHT = "under 1.5 kB per crossing in flight beyond what asyncio and JS take";
const CANCEL = "a cancellation arrives within two crossings";
const CONTEXT = "carrying context, when AsyncLocalStorage is used / is not: +25 % / +3 % of a crossing";
const THREAD = "loop on another thread, one at a time / 1000 in flight: 3 A / 1.0 A', on Deno and Bun 3.5 / 1.2";
const STALL = "JS timers while Python computes on another thread: p99 +2 ms (timers that touch no Python), +6 ms (that do)";
const CONVERT = "deep conversion without options of 10^4 records, of 0.7 MB of nested data, and of 10^6 floats: 1.0 of their JSON text, on Deno and Bun 1.5";
const START = "first result after the bare runtime's own start, facts cached / first time: +120 / +200 ms";

/** By case. Where the floor is a fixed limit the bar is 1: the limit itself. */
const bars: Readonly<Record<string, Bar>> = {
  "js-awaits-py/noop/seq": { node: 0.45, others: 0.6, says: NOOP },
  "js-awaits-py/noop/1000": { node: 0.8, others: 0.9, says: NOOP },
  "js-awaits-py/sleep0/seq": { node: 0.55, others: 0.7, says: SLEEP },
  "js-awaits-py/sleep0/1000": { node: 0.75, others: 0.9, says: SLEEP },
  "py-awaits-js/seq": { node: 0.6, others: 0.8, says: PROMISE },
  "py-awaits-js/1000": { node: 0.8, others: 1, says: PROMISE },
  "call/add": { node: 6, others: 10, says: "sync call JS -> Python add(1, 2) through the sugar: 6 D, on Deno and Bun 10 D" },
  "convert/records/to-py": { node: 1, others: 1.5, says: CONVERT },
  "convert/records/to-js": { node: 1, others: 1.5, says: CONVERT },
  "convert/nested/to-py": { node: 1, others: 1.5, says: CONVERT },
  "convert/nested/to-js": { node: 1, others: 1.5, says: CONVERT },
  "convert/floats/10^6/to-py": { node: 1, others: 1.5, says: CONVERT },
  "convert/floats/10^6/to-js": { node: 1, others: 1.5, says: CONVERT },
  "stream/py-to-js": { node: 3.5, others: 3.5, says: STREAM },
  "stream/js-to-py": { node: 3.5, others: 3.5, says: STREAM },
  "buffer/1MB/to-js": { node: 1, others: 1, says: BUFFER },
  "buffer/1MB/to-py": { node: 1, others: 1, says: BUFFER },
  "cancel/latency/to-py": { node: 2, others: 2, says: CANCEL },
  "cancel/latency/to-js": { node: 2, others: 2, says: CANCEL },
  "memory/crossings": { node: 1, others: 1, says: MEMORY },
  "memory/proxies": { node: 1, others: 1, says: MEMORY },
  "crossing/in-flight-bytes/js-awaits-py": { node: 1, others: 1, says: IN_FLIGHT },
  "crossing/in-flight-bytes/py-awaits-js": { node: 1, others: 1, says: IN_FLIGHT },
  "context/used": { node: 1.25, others: 1.25, says: CONTEXT },
  "context/unused": { node: 1.03, others: 1.03, says: CONTEXT },
  "blocking/js-stall": { node: 1, others: 1, says: STALL },
  "blocking/js-stall/touching": { node: 1, others: 1, says: STALL },
  "thread/js-awaits-py/seq": { node: 3, others: 3.5, says: THREAD },
  "thread/js-awaits-py/1000": { node: 1, others: 1.2, says: THREAD },
  "thread/py-awaits-js/seq": { node: 3, others: 3.5, says: THREAD },
  "thread/py-awaits-js/1000": { node: 1, others: 1.2, says: THREAD },
  "thread/stall-under-cpu": { node: 1, others: 1, says: STALL },
  "thread/stall-under-cpu/touching": { node: 1, others: 1, says: STALL },
  "main/js-awaits-py/seq": { node: 3, others: 3.5, says: THREAD },
  "main/js-awaits-py/1000": { node: 1, others: 1.2, says: THREAD },
  "main/py-awaits-js/seq": { node: 3, others: 3.5, says: THREAD },
  "main/py-awaits-js/1000": { node: 1, others: 1.2, says: THREAD },
  "main/stall-under-cpu": { node: 1, others: 1, says: STALL },
  "main/stall-under-cpu/touching": { node: 1, others: 1, says: STALL },
  "start/first-result": { node: 1, others: 1, says: START },
  "start/first-result/first-time": { node: 1, others: 1, says: START },
};

/** Every case. */
export const caseNames: readonly string[] = Object.keys(bars);

/** The greatest ratio of a case in a runtime, which is given with or without its version. */
export function barOf(name: string, runtime: string): number {
  const bar = bars[name];
  if (bar === undefined) throw new Error(`The case "${name}" has no bar`);
  return runtime.startsWith("node") ? bar.node : bar.others;
}

/** The fixed limits, in the unit of their case. */
const limits: Readonly<Record<string, number>> = {
  "buffer/1MB/to-js": 10,
  "buffer/1MB/to-py": 10,
  "memory/crossings": 1024,
  "memory/proxies": 1024,
  "crossing/in-flight-bytes/js-awaits-py": 1.5,
  "crossing/in-flight-bytes/py-awaits-js": 1.5,
  "blocking/js-stall": 2000,
  "blocking/js-stall/touching": 6000,
  "thread/stall-under-cpu": 2000,
  "thread/stall-under-cpu/touching": 6000,
  "main/stall-under-cpu": 2000,
  "main/stall-under-cpu/touching": 6000,
  "start/first-result": 120_000,
  "start/first-result/first-time": 200_000,
};

/** The limit of a case that is measured against one. */
export function limitOf(name: string): number {
  const limit = limits[name];
  if (limit === undefined) throw new Error(`The case "${name}" has no limit`);
  return limit;
}
