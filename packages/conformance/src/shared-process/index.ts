/** What both languages use of the process: its standard streams, signals, variables, the working folder, the time zone. */
import { has, type Capabilities } from "../capabilities.ts";
import { environment } from "./environment.ts";
import { signals } from "./signals.ts";
import { streams } from "./streams.ts";

/** Registers the tests, whose programs run in processes of their own. */
export function runSharedProcess(capabilities: Capabilities): void {
  const { harness, child, command, program } = capabilities;
  for (const needed of [child, command, program]) {
    if (has(needed)) continue;
    harness.skip(`the process that both share (${needed.missing})`);
    return;
  }
  harness.describe("standard streams", () => streams(capabilities));
  harness.describe("shared signals", () => signals(capabilities));
  harness.describe("shared environment", () => environment(capabilities));
}
