/** What the random mixtures are made of. Each action checks its own values, and answers how many crossings it took. */
import assert from "node:assert/strict";
import type { AsyncLocalStorage } from "node:async_hooks";
import { Worker } from "node:worker_threads";
import { later, turn, type Py } from "../py.ts";
import type { Adapter } from "../suite.ts";
import type { Random } from "./random.ts";

/** What an action works with. `locate` is the URL of the adapter under test. */
export interface World {
  readonly api: Adapter;
  readonly m: Py;
  readonly storage: AsyncLocalStorage<number>;
  readonly locate: string;
  readonly collect: () => void;
}

export type Action = (world: World, random: Random) => Promise<number>;

/** Nothing, a turn or a timer of JS. */
async function pause(kind: number): Promise<void> {
  if (kind === 1) await turn();
  else if (kind === 2) await later(undefined, 1);
}

/** Aborts at a random moment: at once, in a microtask, in a turn, after a timer. */
function abortSoon(controller: AbortController, reason: Error, random: Random): void {
  const abort = (): void => controller.abort(reason);
  const moments = [abort, () => void Promise.resolve().then(abort), () => void setImmediate(abort), () => void setTimeout(abort, random.below(3))];
  random.pick(moments)();
}

async function outcomeOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}

const awaits: Action = async ({ m }, random) => {
  const [a, b] = [random.below(1000), random.below(1000)];
  assert.equal(await m.add(a, b, random.below(3)), a + b);
  return 1;
};

const manyAwaits: Action = async ({ m }, random) => {
  const count = 20 + random.below(60);
  const kind = random.below(3);
  const sums = await Promise.all(Array.from({ length: count }, (_, index) => m.add(index, 1, kind) as Promise<number>));
  sums.forEach((sum, index) => assert.equal(sum, index + 1));
  return count;
};

const calls: Action = async ({ m }, random) => {
  const value = random.below(1000);
  const kind = random.below(3);
  const double = async (given: number): Promise<number> => {
    await pause(kind);
    return given * 2;
  };
  assert.equal(await m.call(double, value, random.below(3)), value * 2);
  assert.equal(
    m.call_now((given: number) => given + 1, value),
    value + 1,
  );
  return 3;
};

const nesting: Action = async ({ m }, random) => {
  const depth = 1 + random.below(8);
  const again = (left: number): number => m.nest(again, left) as number;
  assert.equal(m.nest(again, depth), 0);
  const kind = random.below(3);
  const asynchronous = async (left: number): Promise<number> => {
    await pause(kind);
    return (await m.nest_async(asynchronous, left, kind)) as number;
  };
  assert.equal(await asynchronous(depth), depth);
  return 4 * depth;
};

const errors: Action = async ({ api, m }, random) => {
  const depth = 1 + random.below(5);
  const kind = random.below(3);
  const mine = new RangeError(`depth ${depth}`);
  const deep = async (left: number): Promise<void> => {
    if (left === 0) throw mine;
    await m.fail(deep, left - 1, kind);
  };
  assert.equal(await outcomeOf(m.fail(deep, depth, kind)), mine);
  const shallow = (left: number): unknown => {
    if (left === 0) throw mine;
    return m.fail_now(left - 1, shallow) as unknown;
  };
  assert.throws(
    () => shallow(depth),
    (error) => error === mine,
  );
  const token = random.below(1e6);
  const own = await outcomeOf(
    m.fail(
      async () => {
        await pause(kind);
        m.raise_own(token);
      },
      0,
      kind,
    ),
  );
  assert.ok(own instanceof api.PyError, String(own));
  assert.equal((own.value as Py).args[0], token);
  return 3 * depth + 2;
};

const streamsFromPython: Action = async ({ api, m }, random) => {
  const count = 1 + random.below(60);
  const wanted = random.below(count + 5);
  const failAt = random.below(3) === 0 ? random.below(count) : -1;
  const rows = m.rows(count, random.below(3), failAt);
  const source: AsyncIterable<number> = random.below(4) === 0 ? rows : api.intoAsyncIterable<number>(rows, { highWaterMark: 1 + random.below(20) });
  let next = 0;
  let failed: unknown;
  try {
    for await (const row of source) {
      assert.equal(row, next++);
      if (next === wanted) break;
    }
  } catch (error) {
    failed = error;
  }
  if (failed !== undefined) assert.equal((failed as Error).name, "Own", String(failed));
  if (failed === undefined) assert.equal(next, wanted === 0 ? count : Math.min(wanted, count));
  else assert.equal(next, failAt);
  return 1 + Math.ceil(next / 16);
};

const streamsToPython: Action = async ({ api, m }, random) => {
  const count = 1 + random.below(60);
  const wanted = 1 + random.below(count + 5);
  const kind = random.below(3);
  async function* numbers(): AsyncGenerator<number> {
    for (let value = 0; value < count; value++) {
      if (value % 5 === 0) await pause(kind);
      yield value;
    }
  }
  const seen = await m.take(api.asyncIterableIntoPy(numbers(), { highWaterMark: 1 + random.below(20) }), wanted);
  const expected = Math.min(wanted, count);
  assert.equal(seen.__len__(), expected);
  assert.equal(
    [...(seen as Iterable<number>)].every((value, index) => value === index),
    true,
  );
  return 1 + Math.ceil(expected / 16);
};

const aborts: Action = async ({ api, m }, random) => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const promise = api.intoPromise(m.stay(random.pick([0, 0.001, 60]), 5), { signal: controller.signal });
  const stranger = m.add(1, 2, random.below(3)) as Promise<number>;
  abortSoon(controller, reason, random);
  const outcome = await outcomeOf(promise);
  assert.ok(outcome === reason || outcome === 5, String(outcome));
  assert.equal(await stranger, 3);
  // What was begun after the abort has nothing to do with the signal.
  assert.equal(await m.add(3, 4, random.below(3)), 7);
  return 3;
};

const cancelledByPython: Action = async ({ api, m }, random) => {
  let told = 0;
  const kind = random.below(3);
  const value = async (): Promise<number> => {
    const signal = api.getCurrentSignal();
    signal?.addEventListener("abort", () => told++);
    await pause(kind);
    return 9;
  };
  const outcome: unknown = await m.give_up(value, random.below(3));
  assert.ok(outcome === 9 || outcome === "cancelled", String(outcome));
  assert.ok(told <= 1);
  return 2;
};

const buffers: Action = async ({ api: { python }, m }, random) => {
  const size = 1 + random.below(4096);
  const bytes = new Uint8Array(size).fill(1);
  assert.equal(m.fill(bytes, 3), size);
  const owner = m.buffer_of(size, 5);
  const view = python.buffer<Uint8Array<ArrayBuffer>>(owner);
  assert.equal(view.data[size - 1], 5);
  view.data[0] = 8;
  if (random.below(2) === 0) view[Symbol.dispose]();
  assert.equal(python.getItem(owner, 0), 8);
  if (random.below(2) === 0) owner[Symbol.dispose]();
  return 4;
};

const threads: Action = async ({ m }, random) => {
  const count = 1 + random.below(10);
  assert.equal(await m.in_thread((value: number) => value * 2, count), count * (count - 1));
  return count + 1;
};

const loopsOfThreads: Action = async ({ api, m }, random) => {
  const value = random.below(100);
  const kind = random.below(3);
  const sum = await api.spawnBlocking(
    m.run_loop,
    async (given: number) => {
      await pause(kind);
      return given;
    },
    value,
  );
  assert.deepEqual([...(sum as Iterable<number>)], [value, value + 1]);
  return 4;
};

const closedLoops: Action = async ({ api, m }, random) => {
  const elsewhere = m.Elsewhere();
  const locals = new api.TaskLocals(elsewhere.loop);
  const done = api.intoPromise(m.add(1, 1, 0), { locals });
  assert.equal(await done, 2);
  const pending = api.intoPromise(m.stay(60, 1), { locals });
  await pause(random.below(3));
  elsewhere.end();
  const outcome = await outcomeOf(pending);
  assert.ok(outcome instanceof Error, String(outcome));
  await api.spawnBlocking(elsewhere.thread.join, 10);
  return 3;
};

const contexts: Action = async ({ m, storage }, random) => {
  const mine = random.below(1e9);
  const kind = random.below(3);
  const seen = await storage.run(mine, async () => {
    const look = async (): Promise<number | undefined> => {
      await pause(kind);
      return storage.getStore();
    };
    return [...((await m.read_variable(look, mine)) as Iterable<number>)];
  });
  assert.deepEqual(seen, [mine, mine]);
  return 2;
};

const groups: Action = async ({ m }, random) => {
  const count = 2 + random.below(6);
  const bad = random.below(count);
  const kind = random.below(3);
  const result = await m.siblings(
    async (index: number) => {
      await pause(kind);
      return index;
    },
    count,
    bad,
  );
  assert.deepEqual([...(result as Iterable<number>)], [1, (count * (count - 1)) / 2 - bad]);
  return count + 1;
};

const scopes: Action = async ({ api: { python }, m }, random) => {
  const count = 1 + random.below(20);
  const kept = python.scope((keep) => {
    const all = [...(m.make_dropped(count) as Iterable<Py>)];
    return keep(all[0]);
  });
  assert.equal(python.type(kept).__name__, "Dropped");
  kept[Symbol.dispose]();
  return count;
};

const collections: Action = async ({ collect, m }, random) => {
  if (random.below(2) === 0) collect();
  else m.collect();
  return 1;
};

const workers: Action = async ({ locate }, random) => {
  const source = `
    import { parentPort } from "node:worker_threads";
    const { python } = await import(${JSON.stringify(locate)});
    const asyncio = python.import("asyncio");
    parentPort.postMessage("begun");
    for (;;) await asyncio.sleep(0.001, 1);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
  const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const begun = new Promise<void>((resolve, reject) => worker.once("message", () => resolve()).once("error", reject));
  await Promise.race([begun, later(undefined, random.below(400))]);
  await worker.terminate();
  begun.catch(() => undefined);
  await gone;
  return 1;
};

/** The actions by name, with how often each comes. */
export const actions: Readonly<Record<string, { readonly weight: number; readonly run: Action }>> = {
  awaits: { weight: 20, run: awaits },
  manyAwaits: { weight: 10, run: manyAwaits },
  calls: { weight: 20, run: calls },
  nesting: { weight: 10, run: nesting },
  errors: { weight: 10, run: errors },
  streamsFromPython: { weight: 15, run: streamsFromPython },
  streamsToPython: { weight: 15, run: streamsToPython },
  aborts: { weight: 20, run: aborts },
  cancelledByPython: { weight: 15, run: cancelledByPython },
  buffers: { weight: 10, run: buffers },
  threads: { weight: 5, run: threads },
  loopsOfThreads: { weight: 3, run: loopsOfThreads },
  closedLoops: { weight: 2, run: closedLoops },
  contexts: { weight: 10, run: contexts },
  groups: { weight: 10, run: groups },
  scopes: { weight: 10, run: scopes },
  collections: { weight: 1, run: collections },
  workers: { weight: 0.3, run: workers },
};
