import type { Runtime } from "@interloop/core";
import { Quirk } from "@interloop/core/binding";
import { asyncContext, collectGarbage, guardTransfers, hop, jobRunner, makeHandoff, modules, spawn, timer } from "@interloop/node-shared";
import { loadBinding } from "./binding.ts";
import { onExit } from "./exit.ts";

// The types of Deno leave it out.
const { url } = import.meta as ImportMeta & { readonly url: string };

/** What core needs of Deno. */
export const runtime: Runtime = {
  name: "deno",
  capabilities: { collectGarbage },
  quirks: Quirk.losesWakes,
  asyncContext,
  modules,
  handoff: makeHandoff(import.meta),
  loadBinding,
  spawn,
  hop,
  timer,
  runJob: jobRunner(url),
  onExit,
  guardTransfers,
};
