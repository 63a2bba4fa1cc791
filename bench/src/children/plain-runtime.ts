import process from "node:process";
import type { Runtime } from "@interloop/core";
import { Quirk } from "@interloop/core/binding";
import { loadBinding } from "@interloop/native";
import { runMacrotask, runningRuntime, spawn, timer } from "@interloop/node-shared";

const name = runningRuntime();

/** The running runtime without its async context: what a crossing would cost if nothing were ever carried. */
export const plainRuntime: Runtime = {
  name,
  capabilities: {},
  quirks: { node: 0, deno: Quirk.losesWakes, bun: Quirk.mapsBlocks }[name],
  asyncContext: {
    scope: (_locals, fn) => fn(),
    getTaskLocals: () => undefined,
    snapshot: () => undefined,
    root: (fn) => fn(),
    onUse() {},
  },
  loadBinding,
  spawn,
  runMacrotask,
  timer,
  onExit(callback) {
    process.on("exit", callback);
  },
};
