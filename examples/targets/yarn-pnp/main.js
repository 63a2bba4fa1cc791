import { python, spawnBlocking } from "@interloop/node";

python.import("sys").path.insert(0, new URL("py", import.meta.url).pathname);
// Python imports a package that this project depends on, and a worker runs a function.
console.log(python.import("app").red("red"), await python.import("asyncio").sleep(0.01, "slept"), await spawnBlocking((value) => value + 1, 41));
