// The one line that belongs to the runtime.
import "@interloop/deno";
import { main } from "./library.ts";

await main();
