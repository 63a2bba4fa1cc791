import process from "node:process";
import { InterloopError } from "@interloop/core";

const titles = { deno: "Deno", bun: "Bun", node: "Node" };

/** The names of the runtimes that have an adapter. */
export type RuntimeName = keyof typeof titles;

/** The runtime that this is. Deno and Bun call themselves Node as well, so they are asked first. */
export function runningRuntime(): RuntimeName {
  const versions: Readonly<Record<string, string | undefined>> = process.versions;
  return versions["deno"] !== undefined ? "deno" : versions["bun"] !== undefined ? "bun" : "node";
}

/**
 * Refuse to go on in another runtime.
 *
 * @throws InterloopError `wrong-runtime`, naming the adapter to import.
 */
export function requireRuntime(wanted: RuntimeName): void {
  const running = runningRuntime();
  if (running === wanted) return;
  throw new InterloopError(
    "wrong-runtime",
    `This is ${titles[running]}, not ${titles[wanted]}; import "@interloop/${running}" instead of "@interloop/${wanted}"`,
  );
}
