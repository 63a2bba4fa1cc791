import { callBridge } from "../environment/bridge-functions.ts";
import { binding } from "../environment/environment.ts";
import type { Handoff } from "../runtime/contract.ts";

/** Give this thread, the process's main one, to what was prepared in Python, and JS to a worker that evaluates `url`. The process ends with it. */
export function handOver(handoff: Handoff, url: string): never {
  const target = callBridge("the_main");
  handoff.start(url);
  const status = callBridge("main_run", target) as number;
  binding.finalize(true);
  if (status < 0) handoff.die(-status);
  return handoff.exit(status);
}
