// In which order callbacks, microtasks, timers and Tasks of both sides run.
import type { Py } from "../../py.ts";
import type { Scenario } from "../index.ts";

export const scenario: Scenario = async ({ intoPromise, promiseIntoPy, python }, print) => {
  const module: Py = python.fromCode(
    `
import asyncio

async def steps(name, count, print):
    for step in range(count):
        print("python", name, step)
        await asyncio.sleep(0)
    return name

async def group(print):
    tasks = [asyncio.create_task(steps(name, 2, print)) for name in "ab"]
    asyncio.get_running_loop().call_soon(print, "python call_soon")
    print("python", await asyncio.gather(*tasks))

async def ping(back, rounds, print):
    for turn in range(rounds):
        print("python asks", turn)
        print("python gets", await back(turn))

def later(loop, print):
    loop.call_later(0.6, print, "python timer 600")
    loop.call_later(0.2, print, "python timer 200")
`,
    "order.py",
    "scenario_order",
  );
  const say = (...words: unknown[]): void => print(...words);

  print("first step of a coroutine, then the caller");
  const started = intoPromise(module.steps("eager", 2, say));
  print("js goes on");
  print("js has", await started);

  print("two at once");
  print("js has", (await Promise.all([module.steps("x", 3, say), module.steps("y", 3, say)])).join());

  print("a group of tasks");
  await module.group(say);

  print("there and back");
  await module.ping(
    async (turn: number) => {
      print("js answers", turn);
      await Promise.resolve();
      return turn * 2;
    },
    3,
    say,
  );

  print("microtasks and pumps");
  const microtasks = (async () => {
    for (let step = 0; step < 3; step++) {
      print("js microtask", step);
      await Promise.resolve();
    }
  })();
  await Promise.all([module.steps("pump", 3, say), microtasks]);

  print("timers of both");
  const { getCurrentLoop } = await import("@interloop/core");
  module.later(getCurrentLoop(), say);
  // Far enough apart for a busy machine.
  await new Promise<void>((resolve) => setTimeout(() => (print("js timer 400"), resolve()), 400));
  await new Promise<void>((resolve) => setTimeout(() => (print("js timer 800"), resolve()), 400));

  print("futures of promises");
  const futures = [3, 1, 2].map((milliseconds) => promiseIntoPy(new Promise((resolve) => setTimeout(resolve, milliseconds * 8, milliseconds))));
  print("js has", (await Promise.all(futures.map((future) => intoPromise(future)))).join());
};
