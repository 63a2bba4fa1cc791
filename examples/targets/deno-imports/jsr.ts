import { python } from "@interloop/deno";

python.import("sys").path.insert(0, new URL("py", import.meta.url).pathname);
console.log(await python.import("taxes").gross(21));
