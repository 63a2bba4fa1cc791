import { askHelper } from "../bridge/helpers.ts";
import { binding } from "../bridge/link.ts";
import type { Handoff } from "../contract.ts";

/** Give this thread, the process's main one, to what was prepared in Python, and JS to a worker that evaluates `url`. The process ends with it. */
export function handOver(handoff: Handoff, url: string): never {
  const target = askHelper("the_main");
  handoff.start(url);
  const status = askHelper("main_run", target) as number;
  binding.finalize(true);
  if (status < 0) handoff.die(-status);
  return handoff.exit(status);
}
