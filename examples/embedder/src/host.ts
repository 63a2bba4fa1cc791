/**
 * A runtime of our own for interloop. What core needs of a host is in here and nowhere else; importing this file installs it, as importing an adapter would.
 *
 * This host has less than the adapters have: its async context cannot be entered for good, it does not know whether an AsyncLocalStorage is in use, it has no workers for jobs, loads no modules for Python and runs no collector.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import { defineRuntime } from "@interloop/core";
import type { Snapshot, TaskLocals } from "@interloop/core";
import { Quirk } from "@interloop/core/binding";
import { loadBinding } from "@interloop/native";
import { runningRuntime } from "@interloop/node-shared";
import { nextFrame } from "./frames.ts";

const locals = new AsyncLocalStorage<TaskLocals>();
const outside = AsyncLocalStorage.snapshot();

defineRuntime({
  name: "embedder",
  files: [import.meta.url, new URL("frames.ts", import.meta.url).href],
  capabilities: {},
  // What the addon has to allow for belongs to the engine below, not to the host.
  quirks: { node: Quirk.hasLibuv, deno: Quirk.losesWakes | Quirk.lacksScopes, bun: Quirk.mapsBlocks }[runningRuntime()],
  asyncContext: {
    scope: (value, fn) => locals.run(value, fn),
    getTaskLocals: () => locals.getStore(),
    snapshot(): Snapshot {
      const inside = AsyncLocalStorage.snapshot();
      return { run: (fn) => inside(fn) };
    },
    root: (fn) => outside(fn),
    onUse: (notify) => notify(),
  },
  loadBinding,
  spawn: nextFrame,
  runMacrotask: nextFrame,
  timer(milliseconds, callback) {
    const timer = setTimeout(() => nextFrame(callback), milliseconds);
    return () => clearTimeout(timer);
  },
  onExit(callback) {
    process.on("exit", callback);
  },
  // Right in every engine; an adapter leaves it out where the addon can hold on to the memory.
});

export * from "@interloop/core";
