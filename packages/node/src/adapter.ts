import type { Runtime } from "@interloop/core";
import { Quirk } from "@interloop/core/binding";
import {
  anchor,
  asyncContext,
  nodeProcess,
  collectGarbage,
  runMacrotask,
  jobRunner,
  leakReporter,
  makeHandoff,
  modules,
  onExit,
  spawn,
  timer,
} from "@interloop/node-shared";
import { loadBinding } from "./binding.ts";

/** What core needs of Node. */
export const runtime: Runtime = {
  name: "node",
  capabilities: { collectGarbage },
  quirks: Quirk.hasLibuv,
  asyncContext,
  anchor,
  modules,
  process: nodeProcess,
  handoff: makeHandoff(import.meta.url),
  loadBinding,
  spawn,
  runMacrotask,
  timer,
  runJob: jobRunner(import.meta.url, "node"),
  onExit,
  reportLeaks: leakReporter(),
};
