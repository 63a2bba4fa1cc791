import { commandLine } from "@interloop/native";
import { nameResources, readTracebacks } from "@interloop/node-shared";

// @types/deno declares the namespace alone.
const { addEventListener } = globalThis as unknown as { addEventListener(type: "unload", listener: () => void): void };

/** Call `callback` when the process or the worker ends. Unlike `process.on("exit")`, this hears of `Deno.exit()` as well. */
export function onExit(callback: (processEnds?: boolean) => void): void {
  addEventListener("unload", () => callback(!isWatched()));
  readTracebacks();
  nameResources();
}

/** Whether Deno starts the program again, in the same process, when a file has changed. Nothing but the command line says so. */
function isWatched(): boolean {
  const words = commandLine();
  return words.slice(1, words.length - Deno.args.length).some((word) => /^--(?:watch|watch-hmr|unstable-hmr)(?:=|$)/.test(word));
}
