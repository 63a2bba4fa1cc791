/** What carrying the async context adds to a crossing. */
import type { Case } from "../case.ts";
import { runChild } from "../children/run.ts";

type Mode = "none" | "unused" | "used";

// Fresh processes side by side: the same program, one difference.
async function crossing(mode: Mode): Promise<number> {
  return runChild<number>("context", mode);
}

export const context: readonly Case[] = [
  { name: "context/used", unit: "us", floor: "crossing", sample: async () => ({ floor: await crossing("unused"), value: await crossing("used") }) },
  { name: "context/unused", unit: "us", floor: "crossing", sample: async () => ({ floor: await crossing("none"), value: await crossing("unused") }) },
];
