/** What a million crossings leave behind, once both collectors have run. */
import { ENOUGH, limitOf } from "../bars.ts";
import type { Case, Sample } from "../case.ts";
import { runChild } from "../children/run.ts";

interface Grown {
  readonly grownKB: number;
  readonly before: Record<string, number>;
  readonly after: Record<string, number>;
}

async function sample(kind: "crossings" | "proxies"): Promise<Sample> {
  const { grownKB, before, after } = await runChild<Grown>("memory", kind);
  const equal = Object.keys(before).every((name) => before[name] === after[name]);
  return { value: grownKB, floor: limitOf(`memory/${kind}`), census: { before, after, equal } };
}

export const memory: readonly Case[] = (["crossings", "proxies"] as const).map((kind) => ({
  name: `memory/${kind}`,
  unit: "kB",
  floor: "limit",
  maxRuns: ENOUGH,
  sample: () => sample(kind),
}));
