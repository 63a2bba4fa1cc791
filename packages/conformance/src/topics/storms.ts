/** Wake-ups from everywhere at once: none is lost, none comes twice, and the end is seen. */
import assert from "node:assert/strict";
import type { Topic } from "../suite.ts";

export const storms: Topic = ({ api, capabilities, load, test }) => {
  const { python } = api;
  const total = capabilities.nightly ? 1_000_000 : 100_000;
  const timeout = capabilities.nightly ? 600_000 : 60_000;

  test(
    "call_soon_threadsafe from several threads, with timers and descriptors",
    async () => {
      const module = load(`
        import asyncio, os, socket, threading, time
        async def main(total, js):
            loop = asyncio.get_running_loop()
            threads, per_thread = 4, total // 4
            seen = [0] * threads
            last = [-1] * threads
            disorder = []
            def callback(thread, n):
                seen[thread] += 1
                if n != last[thread] + 1:
                    disorder.append((thread, n, last[thread]))
                last[thread] = n
            def post(thread):
                for n in range(per_thread):
                    loop.call_soon_threadsafe(callback, thread, n)
                    if n % 1000 == 0:
                        time.sleep(0.0001)
            timers = []
            async def ticking():
                for n in range(100):
                    await asyncio.sleep(0.001)
                    timers.append(n)
            pairs = [socket.socketpair() for _ in range(4)]
            received = [0] * len(pairs)
            def read(index):
                received[index] += len(pairs[index][0].recv(65536))
            for index, (a, b) in enumerate(pairs):
                a.setblocking(False)
                loop.add_reader(a, read, index)
            def write(index):
                for _ in range(2000):
                    pairs[index][1].send(b"x")
            workers = [threading.Thread(target=post, args=(n,)) for n in range(threads)]
            workers += [threading.Thread(target=write, args=(n,)) for n in range(len(pairs))]
            ticker = asyncio.ensure_future(ticking())
            for worker in workers:
                worker.start()
            await ticker
            while sum(seen) < threads * per_thread or sum(received) < 2000 * len(pairs):
                await asyncio.sleep(0.001)
                js()
            for worker in workers:
                worker.join()
            for a, b in pairs:
                loop.remove_reader(a)
                a.close()
                b.close()
            return [seen, received, len(timers), len(disorder)]
      `);
      const [seen, received, timers, disorder] = python.toJs(await module.main(total, () => undefined)) as [number[], number[], number, number];
      assert.deepEqual(
        seen,
        Array.from({ length: 4 }, () => Math.floor(total / 4)),
      );
      assert.deepEqual(received, [2000, 2000, 2000, 2000]);
      assert.equal(timers, 100);
      assert.equal(disorder, 0);
    },
    { timeout },
  );

  test(
    "single posts to an idle loop: each wakes it by itself",
    async () => {
      const module = load(`
        import asyncio, threading, time
        async def main(rounds):
            loop = asyncio.get_running_loop()
            def work(future):
                loop.call_soon_threadsafe(future.set_result, None)
            worker_queue = []
            wake = threading.Semaphore(0)
            def run():
                for n in range(rounds):
                    wake.acquire()
                    if n % 7 == 0:
                        time.sleep(0.0002)
                    work(worker_queue.pop())
            thread = threading.Thread(target=run)
            thread.start()
            for _ in range(rounds):
                future = loop.create_future()
                worker_queue.append(future)
                wake.release()
                await future
            thread.join()
            return rounds
      `);
      const rounds = capabilities.nightly ? 100_000 : 5000;
      assert.equal(await module.main(rounds), rounds);
    },
    { timeout },
  );

  test(
    "timers of every length, set and cancelled at random, each fire once",
    async () => {
      const module = load(`
        import asyncio, random
        async def main(count):
            loop = asyncio.get_running_loop()
            rng = random.Random(7)
            fired = {}
            done = loop.create_future()
            handles = {}
            def fire(n):
                fired[n] = fired.get(n, 0) + 1
            for n in range(count):
                handles[n] = loop.call_later(rng.random() * 0.2, fire, n)
            cancelled = set(rng.sample(range(count), count // 2))
            for n in cancelled:
                handles[n].cancel()
            loop.call_later(0.25, done.set_result, None)
            await done
            return set(fired) == set(range(count)) - cancelled and set(fired.values()) == {1}
      `);
      assert.equal(await module.main(capabilities.nightly ? 50_000 : 5000), true);
    },
    { timeout },
  );

  test(
    "executors, threads and JS promises at once",
    async () => {
      const module = load(`
        import asyncio
        async def main(rounds, js):
            loop = asyncio.get_running_loop()
            async def one(n):
                a = await loop.run_in_executor(None, pow, n, 2)
                b = await js(n)
                await asyncio.sleep(0)
                return a == b
            results = []
            for start in range(0, rounds, 100):
                results += await asyncio.gather(*[one(n) for n in range(start, start + 100)])
            return all(results)
      `);
      assert.equal(await module.main(capabilities.nightly ? 20_000 : 1000, async (n: number) => n * n), true);
    },
    { timeout },
  );
};
