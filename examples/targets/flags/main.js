import { isInterloopError, python, spawnBlocking } from "@interloop/node";

try {
  console.log(await python.import("asyncio").sleep(0.01, "slept"), await spawnBlocking((value) => 2 * value, 21));
} catch (error) {
  if (!isInterloopError(error)) throw error;
  console.log(error.code, error.message);
}
