import type { Runtime } from "@interloop/core";
import { Quirk } from "@interloop/core/binding";
import { asyncContext, collectGarbage, guardTransfers, hop, modules, spawn, timer } from "@interloop/node-shared";
import { loadBinding } from "./binding.ts";
import { onExit } from "./exit.ts";

/** What core needs of Deno. */
export const runtime: Runtime = {
  name: "deno",
  capabilities: { collectGarbage },
  quirks: Quirk.losesWakes,
  asyncContext,
  modules,
  loadBinding,
  spawn,
  hop,
  timer,
  onExit,
  guardTransfers,
};
