/** One suite for every runtime: a function of the adapter under test and of what its runtime can do. */
import type { Capabilities } from "./capabilities.ts";
import { makeSuite, type Adapter, type Topic } from "./suite.ts";
import { onLoops, stress, topics } from "./topics/index.ts";

export { has, type Capabilities, type Harness, type Missing } from "./capabilities.ts";
export type { Adapter } from "./suite.ts";
export { runCurrentLoop } from "./current-loop/index.ts";
export { runBadInput } from "./bad-input/index.ts";
export { runChaos } from "./chaos/index.ts";
export { runRandomExits } from "./chaos/exits.ts";
export { runDoctor } from "./doctor/index.ts";
export { runLeaks } from "./leaks/index.ts";
export { runStubs } from "./stubs/index.ts";
export { runImports } from "./imports/index.ts";
export { runTypes } from "./types/index.ts";
export { runPytest } from "./pytest/index.ts";
export { runDifferential } from "./differential/index.ts";
export { runExits } from "./exit/index.ts";
export { runCrashSignals } from "./crash-signals/index.ts";
export { runExtensions } from "./extensions/index.ts";
export { runForks } from "./forks/index.ts";
export { runSharedProcess } from "./shared-process/index.ts";
export { runMain } from "./main/index.ts";
export { runPlacements } from "./placements/index.ts";
export { runPrograms } from "./programs/index.ts";
export { runSoundness } from "./soundness/index.ts";
export { runOracle } from "./oracle/index.ts";
export { runThread } from "./thread/index.ts";
export { runWorkers } from "./workers/index.ts";

/** Registers the whole suite with the harness of `capabilities`. */
export function runConformance(adapter: Adapter, capabilities: Capabilities): void {
  register(topics, adapter, capabilities);
}

/** Registers the part of it that another loop, or another way of a loop, may change. */
export function runOnLoops(adapter: Adapter, capabilities: Capabilities): void {
  register(onLoops, adapter, capabilities);
}

/** Registers the topics that take long: memory, storms and races. */
export function runStress(adapter: Adapter, capabilities: Capabilities): void {
  register(stress, adapter, capabilities);
}

function register(chosen: Readonly<Record<string, Topic>>, adapter: Adapter, capabilities: Capabilities): void {
  const suite = makeSuite(adapter, capabilities);
  for (const [name, topic] of Object.entries(chosen)) capabilities.harness.describe(name, () => topic(suite));
}
