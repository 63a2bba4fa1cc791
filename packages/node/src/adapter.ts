import type { Runtime } from "@interloop/core";
import { asyncContext, collectGarbage, hop, onExit, spawn, timer } from "@interloop/node-shared";
import { loadBinding } from "./binding.ts";

/** What core needs of Node. */
export const runtime: Runtime = {
  name: "node",
  capabilities: { collectGarbage },
  asyncContext,
  loadBinding,
  spawn,
  hop,
  timer,
  onExit,
};
