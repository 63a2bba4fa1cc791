/** How long a cancellation takes to arrive. */
import type { Case, Sample } from "../case.ts";
import { runChild } from "../children/run.ts";

export const cancel: readonly Case[] = ["to-py", "to-js"].map((way) => ({
  name: `cancel/latency/${way}`,
  unit: "us",
  floor: "crossing",
  sample: () => runChild<Sample>("cancel", way),
}));
