import { python, spawnBlocking } from "@interloop/node";

console.log("started");
void (async () => {
  await python.import("asyncio").sleep(0.01);
  console.log("sqrt", python.import("math").sqrt(16));
  try {
    python.eval("1 / 0");
  } catch (error) {
    console.log("error", error.name);
  }
  console.log("thread", await spawnBlocking(python.builtins.len, [1, 2, 3]));
  try {
    console.log("job", await spawnBlocking((n) => n * n, 7));
  } catch (error) {
    console.log("job", error.cause?.code, error.cause?.message);
  }
  console.log("ended");
})();
