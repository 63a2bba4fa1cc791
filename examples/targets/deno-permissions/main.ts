import { python, spawnBlocking } from "@interloop/deno";

console.log(await python.import("asyncio").sleep(0.01, "slept"), await spawnBlocking(python.builtins.len, [1, 2, 3]));
try {
  console.log("job", await spawnBlocking((n: number) => n * n, 7));
} catch (error) {
  console.log("job", (error as { cause?: Error }).cause ?? error);
}
