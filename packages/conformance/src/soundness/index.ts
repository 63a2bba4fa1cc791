/** Programs that once ended the process with a segmentation fault, or without end. Each runs in a process of its own. */
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner } from "../child.ts";
import { errorGraphs } from "./error-graphs.ts";
import { memoryPressure } from "./memory-pressure.ts";
import { memoryTakenAway } from "./memory-taken-away.ts";
import type { SoundProgram } from "./sound-program.ts";
import { wholeObjects } from "./whole-objects.ts";

const programs: readonly SoundProgram[] = [...wholeObjects, ...memoryTakenAway, ...memoryPressure, ...errorGraphs];

/** Registers them. */
export function runSoundness(capabilities: Capabilities): void {
  const { harness } = capabilities;
  if (!has(capabilities.child)) {
    harness.skip(`soundness (${capabilities.child.missing})`);
    return;
  }
  const run = childRunner(capabilities);
  for (const { name, source, prints, missing } of programs) {
    const reason = missing?.[capabilities.name];
    if (reason === undefined) harness.test(name, async () => assertQuiet(await run(source, { deadline: 60_000 }), prints), 90_000);
    else harness.skip(`${name} (${reason})`);
  }
}
