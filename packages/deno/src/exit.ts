import { nameResources, readTracebacks } from "@interloop/node-shared";

// @types/deno declares the namespace alone.
const { addEventListener } = globalThis as unknown as { addEventListener(type: "unload", listener: () => void): void };

/** Call `callback` when the process or the worker ends. Unlike `process.on("exit")`, this hears of `Deno.exit()` as well. */
export function onExit(callback: () => void): void {
  addEventListener("unload", callback);
  readTracebacks();
  nameResources();
}
