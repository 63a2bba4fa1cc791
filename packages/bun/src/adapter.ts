import type { Runtime } from "@interloop/core";
import { Quirk } from "@interloop/core/binding";
import { anchor, asyncContext, bunProcess, runMacrotask, jobRunner, leakReporter, makeHandoff, modules, onExit, spawn, timer } from "@interloop/node-shared";
import { loadBinding } from "./binding.ts";
import { collectGarbage } from "./garbage.ts";

/** What core needs of Bun. */
export const runtime: Runtime = {
  name: "bun",
  capabilities: { collectGarbage },
  quirks: Quirk.mapsBlocks,
  asyncContext,
  anchor,
  modules,
  process: bunProcess,
  handoff: makeHandoff(import.meta.url),
  loadBinding,
  spawn,
  runMacrotask,
  timer,
  runJob: jobRunner(import.meta.url, "bun"),
  onExit,
  reportLeaks: leakReporter(),
};
