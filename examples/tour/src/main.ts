/** A tour of interloop: `npm start`. Each chapter is a file, in the order in which they are best read. */
import { fileURLToPath } from "node:url";
import { python } from "@interloop/core";
import { awaitPython } from "./chapters/1-await-python.ts";
import { awaitTypeScript } from "./chapters/2-await-typescript.ts";
import { serve } from "./chapters/3-serve.ts";
import { raiseAndThrow } from "./chapters/4-errors.ts";
import { cancel } from "./chapters/5-cancel.ts";
import { shareMemory } from "./chapters/6-share-memory.ts";
import { runtime } from "./runtime.ts";
import { summary } from "./story.ts";

// A tour that hangs must not look like one that takes its time.
const patience = setTimeout(() => {
  console.error("The tour did not end within 60 s");
  process.exit(1);
}, 60_000);
patience.unref();

const sys = python.import("sys");
sys.path.insert(0, fileURLToPath(new URL("../python", import.meta.url)));
console.log(`${runtime} and Python ${String(sys.version).split(" ", 1)[0]}, one process, one thread\n`);

await awaitPython();
await awaitTypeScript();
await serve();
await raiseAndThrow();
await cancel();
await shareMemory();

// No process.exit(): nothing is pending on either loop any more, so the process ends by itself.
process.exitCode = summary() ? 0 : 1;
