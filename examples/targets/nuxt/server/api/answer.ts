import { python, spawnBlocking } from "@interloop/node";

export default eventHandler(async () => {
  await python.import("asyncio").sleep(0.01);
  return { sqrt: python.import("math").sqrt(16), job: await spawnBlocking((n: number) => n * n, 7) };
});
