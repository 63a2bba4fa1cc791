// The one line that belongs to the runtime.
import "@interloop/node";
import { main } from "./library.ts";

await main();
