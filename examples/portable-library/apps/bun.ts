// The one line that belongs to the runtime.
import "@interloop/bun";
import { main } from "./library.ts";

await main();
