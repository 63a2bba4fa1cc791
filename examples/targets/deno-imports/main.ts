import { python } from "@interloop/deno";
import "kleur";

python.import("sys").path.insert(0, new URL("py", import.meta.url).pathname);
console.log(await python.import("shop").label("tea"));
