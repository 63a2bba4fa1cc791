/** Placement `main`: Python on the process's main thread, JS in a worker. Each test is a program in a process of its own. */
import { has, type Capabilities } from "../capabilities.ts";
import { endings } from "./endings.ts";
import { entries } from "./entries.ts";
import { running } from "./running.ts";
import { signals } from "./signals.ts";
import { streams } from "./streams.ts";
import { userTests } from "./user-tests.ts";

/** Registers the tests of `main()`. */
export function runMain(capabilities: Capabilities): void {
  const { harness, program } = capabilities;
  if (!has(program)) {
    harness.skip(`main (${program.missing})`);
    return;
  }
  for (const [name, register] of Object.entries({ running, streams, entries, endings, signals, "tests of programs": userTests }))
    harness.describe(`main: ${name}`, () => register(capabilities));
}
