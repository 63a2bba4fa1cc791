/** A program with plug-ins: each is a script in a sandbox of its own, and may use what the host hands to it of Python. */
import { createContext, runInContext } from "node:vm";
import { getRuntime, python, spawn, taskGroup } from "./host.ts";
import type { JoinHandle } from "./host.ts";

const plugins = {
  clock: "every(3, async (n) => log('tick', n, await sleep(0.001, 'slept')))",
  sum: "log(statistics.fmean(list([1, 2, 6])))",
  broken: "nothing.at.all()",
};

function run(name: string, source: string, spawned: (work: () => Promise<void>) => JoinHandle<void>): void {
  const sandbox = createContext({
    log: (...words: unknown[]) => console.log(`${name}:`, ...words),
    sleep: python.import("asyncio").sleep,
    statistics: python.import("statistics"),
    list: (values: number[]) => python.toPy([...values]),
    every: (times: number, work: (n: number) => Promise<void>) =>
      spawned(async () => {
        for (let n = 1; n <= times; n++) await work(n);
      }),
  });
  runInContext(source, sandbox, { filename: `${name}.js` });
}

console.log("runtime:", getRuntime().name);
for (const [name, source] of Object.entries(plugins)) {
  await taskGroup((group) => run(name, source, (work) => group.spawn(work))).catch((error: AggregateError) => console.log(`${name}:`, String(error.errors[0])));
}
console.log("last frame:", await spawn(() => "done"));
