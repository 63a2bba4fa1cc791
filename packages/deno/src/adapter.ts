import type { Runtime } from "@interloop/core";
import { Quirk } from "@interloop/core/binding";
import {
  anchor,
  asyncContext,
  denoProcess,
  collectGarbage,
  runMacrotask,
  jobRunner,
  leakReporter,
  makeHandoff,
  runningRuntime,
  spawn,
  timer,
} from "@interloop/node-shared";
import { loadBinding } from "./binding.ts";
import { onExit } from "./exit.ts";
import { checked, workerVariables } from "./job-permissions.ts";
import { denoModules } from "./modules.ts";

// The types of Deno leave it out.
const { url } = import.meta as ImportMeta & { readonly url: string | undefined };

// Deno would ask the user for it. (In another runtime install.ts says that this is the wrong one, after this file.)
const mayAsk = runningRuntime() === "deno" && Deno.permissions.querySync({ name: "env", variable: "INTERLOOP_LEAKS" }).state === "granted";

/** What core needs of Deno. */
export const runtime: Runtime = {
  name: "deno",
  capabilities: { collectGarbage },
  quirks: Quirk.losesWakes | Quirk.lacksScopes,
  asyncContext,
  anchor,
  modules: denoModules,
  process: denoProcess,
  handoff: makeHandoff(url),
  loadBinding,
  spawn,
  runMacrotask,
  timer,
  runJob: checked(jobRunner(url, "deno", workerVariables)),
  onExit,
  reportLeaks: mayAsk ? leakReporter() : undefined,
};
