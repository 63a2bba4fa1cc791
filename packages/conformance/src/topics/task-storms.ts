import assert from "node:assert/strict";
import { caught, later, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const module = new URL("../fixtures/jobs.ts", import.meta.url);

/** How one task or job ended. */
type Outcome = "value" | "failed" | "aborted" | "died";

/** Very many tasks and jobs, aborted at random, on workers that die: each of them ends, once, as it should. */
export const taskStorms: Topic = ({ api, capabilities, test, load }) => {
  const { intoPromise, isJoinError, spawn, spawnBlocking, taskGroup } = api;
  const tasks = capabilities.nightly ? 100_000 : 4_000;
  const jobs = capabilities.nightly ? 10_000 : 400;
  const timeout = capabilities.nightly ? 580_000 : 60_000;

  const outcomeOf = async (handle: PromiseLike<unknown>, expected: unknown): Promise<Outcome> => {
    try {
      assert.equal(await handle, expected);
      return "value";
    } catch (error) {
      if (!isJoinError(error)) throw error;
      if (error.isCancelled) return "aborted";
      const { code, message } = error.cause as { code?: string; message: string };
      if (code === "worker-died") return "died";
      assert.match(message, /on purpose/);
      return "failed";
    }
  };

  const count = (outcomes: readonly Outcome[]): Record<Outcome, number> => {
    const counts = { value: 0, failed: 0, aborted: 0, died: 0 };
    for (const outcome of outcomes) counts[outcome]++;
    return counts;
  };

  test(
    `${tasks} tasks, JS and Python, a third of them aborted at random: each ends, once`,
    async () => {
      const python = load(`
        import asyncio
        begun = ended = 0
        async def work(value):
            global begun, ended
            begun += 1
            try:
                await asyncio.sleep(value % 3 / 1000)
                if value % 7 == 0:
                    raise ValueError("on purpose")
                return value
            finally:
                ended += 1
        def count(): return begun - ended
      `);
      const outcomes: Promise<Outcome>[] = [];
      for (let value = 0; value < tasks; value++) {
        const handle: Py =
          value % 2 === 0
            ? spawn(() => python.work(value) as Py)
            : spawn(async ({ signal }) => {
                if (value % 5 === 0) await later(null);
                signal.throwIfAborted();
                if (value % 7 === 0) throw new Error("on purpose");
                return value;
              });
        outcomes.push(outcomeOf(handle, value));
        if (Math.random() < 1 / 3) void Promise.resolve(Math.random() < 0.5 ? null : later(null)).then(() => handle.abort());
        // Not all at once: what is aborted late has begun.
        if (value % 500 === 499) await later(null);
      }
      const counts = count(await Promise.all(outcomes));
      assert.equal(counts.value + counts.failed + counts.aborted, tasks);
      assert.ok(counts.value > 0 && counts.failed > 0 && counts.aborted > 0, JSON.stringify(counts));
      assert.equal(python.count(), 0);
    },
    { timeout },
  );

  test(
    "groups within groups, one of whose members fails: the others have all ended",
    async () => {
      const python = load(
        "import asyncio\nlive = [0]\nasync def wait():\n    live[0] += 1\n    try:\n        await asyncio.sleep(3600)\n    finally:\n        live[0] -= 1",
      );
      for (let round = 0; round < tasks / 100; round++) {
        let live = 0;
        const nest = (depth: number): Promise<void> =>
          taskGroup((group) => {
            group.spawn(() => python.wait() as Py);
            group.spawn(async ({ signal }) => {
              live++;
              await intoPromise(python.asyncio.sleep(depth === 0 ? 0.001 : 3600), { signal }).finally(() => live--);
              throw new Error("on purpose");
            });
            if (depth > 0) group.spawn(() => nest(depth - 1));
          });
        assert.ok((await caught(() => nest(4))) instanceof AggregateError);
        assert.deepEqual([live, python.live.copy().pop()], [0, 0]);
      }
    },
    { timeout },
  );

  test(
    `${jobs} blocking jobs on threads and workers, aborted at random, on workers that die: each ends, once`,
    async () => {
      const python = load(
        "import time\ndef work(value):\n    time.sleep(value % 3 / 1000)\n    if value % 7 == 0:\n        raise ValueError('on purpose')\n    return value",
      );
      const work = (value: number): number => {
        const end = Date.now() + (value % 3);
        while (Date.now() < end);
        if (value % 7 === 0) throw new Error("on purpose");
        return value;
      };
      const outcomes: Outcome[] = [];
      let next = 0;
      // Deaths are dear: a worker takes its time to begin.
      const give = async (): Promise<void> => {
        while (next < jobs) {
          const value = next++;
          const dies = value % 202 === 101;
          const handle: Py =
            value % 2 === 0 ? spawnBlocking(python.work, value) : dies ? spawnBlocking({ module, name: "exit" }, 1) : spawnBlocking(work, value);
          if (!dies && Math.random() < 0.1) void later(null, Math.random() * 4).then(() => handle.abort());
          outcomes.push(await outcomeOf(handle, value));
        }
      };
      await Promise.all(Array.from({ length: 64 }, give));
      const counts = count(outcomes);
      assert.equal(counts.value + counts.failed + counts.aborted + counts.died, jobs);
      assert.ok(counts.value > 0 && counts.failed > 0 && counts.died > 0, JSON.stringify(counts));
    },
    { timeout, needs: "workers", leaves: "the workers of the pool, which wait for other jobs" },
  );
};
