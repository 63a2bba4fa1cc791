import { join } from "node:path";
import { python } from "@interloop/node";

// As a Python program would have it: by the link that pnpm has made.
python.import("sys").path.insert(0, join(import.meta.dirname, "node_modules", "with-python"));
console.log(python.import("paint").red("red"), await python.import("asyncio").sleep(0.01, "slept"));
