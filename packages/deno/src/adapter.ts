import type { Runtime } from "@interloop/core";
import { asyncContext, collectGarbage, hop, timer } from "@interloop/node-shared";
import { loadBinding } from "./binding.ts";
import { onExit } from "./exit.ts";

/** What core needs of Deno. */
export const runtime: Runtime = {
  name: "deno",
  capabilities: { collectGarbage },
  asyncContext,
  loadBinding,
  hop,
  timer,
  onExit,
};
