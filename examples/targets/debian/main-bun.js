import { python } from "@interloop/bun";

console.log(python.import("sys").executable, await python.import("asyncio").sleep(0.01, "slept"));
