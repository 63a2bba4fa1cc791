/** What JS feels of a Python job that computes on a thread. */
import { ENOUGH, limitOf } from "../bars.ts";
import type { Case } from "../case.ts";
import { runChild } from "../children/run.ts";

const cases = { "blocking/js-stall": "untouched", "blocking/js-stall/touching": "touching" };

export const blocking: readonly Case[] = Object.entries(cases).map(([name, timers]) => ({
  name,
  unit: "us",
  floor: "limit",
  maxRuns: ENOUGH,
  sample: async () => ({ value: await runChild<number>("blocking", timers), floor: limitOf(name) }),
}));
