import { python } from "@interloop/node";

console.log(python.import("sys").executable, await python.import("asyncio").sleep(0.01, "slept"));
