/** Neither loop starves the other. Counts have wide bounds: they tell a turn from none, not a fast machine from a slow one. */
import assert from "node:assert/strict";
import { later, turn } from "../py.ts";
import type { Topic } from "../suite.ts";

export const fairness: Topic = ({ test, load }) => {
  const spin = `
    import asyncio
    stop = False
    count = 0
    async def spin():
        global count
        while not stop:
            count += 1
            await asyncio.sleep(0)
        return count
    def end():
        global stop
        stop = True
    def counted():
        return count
  `;

  test("JS timers, immediates and promises run while Python spins on sleep(0)", async () => {
    const module = load(spin);
    let ticks = 0;
    let immediates = 0;
    const interval = setInterval(() => ticks++, 1);
    const immediate = (): void => {
      immediates++;
      if (ticks < 20) setImmediate(immediate);
      else module.end();
    };
    setImmediate(immediate);
    const count = await module.spin();
    clearInterval(interval);
    assert.ok(ticks >= 20);
    assert.ok(immediates > 0);
    assert.ok(count > 0);
  });

  test("Python timers and descriptors are served while Python spins on sleep(0)", async () => {
    const module = load(`
      import asyncio, socket
      async def main():
          loop = asyncio.get_running_loop()
          a, b = socket.socketpair()
          a.setblocking(False)
          log = []
          loop.add_reader(a, lambda: (log.append("read"), a.recv(10)))
          loop.call_later(0.005, log.append, "timer")
          loop.call_later(0.002, b.send, b"x")
          while len(log) < 2:
              await asyncio.sleep(0)
          loop.remove_reader(a)
          a.close()
          b.close()
          return sorted(log) == ["read", "timer"]
    `);
    assert.equal(await module.main(), true);
  });

  test("Python runs while JS spins on setImmediate and on timers of zero", async () => {
    const module = load(spin);
    const spinning = module.spin().then((count: number) => count);
    let rounds = 0;
    while (module.counted() < 200) {
      await turn();
      rounds++;
    }
    module.end();
    await spinning;
    assert.ok(rounds >= 1);
  });

  test("Python gets its turn while JS spins on promises, as timers of JS do", async () => {
    const module = load(`
      import asyncio
      async def main():
          await asyncio.sleep(0.002)
          return "woken"
    `);
    const woken = module.main().then((value: string) => value);
    let rounds = 0;
    let value: string | undefined;
    void woken.then((text: string) => (value = text));
    while (value === undefined) {
      for (let index = 0; index < 1000; index++) await Promise.resolve();
      rounds++;
      await turn();
    }
    assert.ok(rounds > 0);
    assert.equal(await woken, "woken");
  });

  test("JS timers run while JS awaits coroutines one after another", async () => {
    const module = load("async def noop(): return None");
    let ticks = 0;
    const interval = setInterval(() => ticks++, 1);
    // A loop of promises alone would never let the timer run; the bound is for a build that has the same fault.
    let rounds = 0;
    while (ticks < 3 && rounds < 500_000) {
      await module.noop();
      rounds++;
    }
    clearInterval(interval);
    assert.ok(ticks >= 3, `${ticks} ticks in ${rounds} rounds`);
  });

  test("JS timers run while Python awaits JS functions one after another", async () => {
    const module = load(`
      async def main(f, enough, limit):
          rounds = 0
          while not enough() and rounds < limit:
              await f()
              rounds += 1
    `);
    let ticks = 0;
    const interval = setInterval(() => ticks++, 1);
    await module.main(
      async () => undefined,
      () => ticks >= 3,
      500_000,
    );
    clearInterval(interval);
    assert.ok(ticks >= 3, `${ticks} ticks`);
  });

  test("ping-pong between the loops does not starve timers of either", async () => {
    const module = load(`
      import asyncio
      async def pong(js, rounds):
          fired = []
          asyncio.get_running_loop().call_later(0.001, fired.append, 1)
          n = 0
          while not fired or n < rounds:
              n = await js(n)
          return n
    `);
    let timer = false;
    setTimeout(() => (timer = true), 1);
    await module.pong(async (n: number) => n + 1, 1000);
    await later(null, 2);
    assert.equal(timer, true);
  });
};
