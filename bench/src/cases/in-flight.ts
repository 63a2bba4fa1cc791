/** The memory of a crossing in flight. */
import { ENOUGH, limitOf } from "../bars.ts";
import type { Case, Sample } from "../case.ts";
import { runChild } from "../children/run.ts";

interface Bytes {
  readonly asyncio: number;
  readonly js: number;
  readonly crossing: number;
}

async function sample(kind: string, name: string): Promise<Sample> {
  const { asyncio, js, crossing } = await runChild<Bytes>("in-flight", kind);
  return { value: (crossing - asyncio - js) / 1024, floor: limitOf(name) };
}

export const inFlight: readonly Case[] = ["js-awaits-py", "py-awaits-js"].map((kind) => {
  const name = `crossing/in-flight-bytes/${kind}`;
  return { name, unit: "kB", floor: "limit", maxRuns: ENOUGH, sample: () => sample(kind, name) };
});
