/** Whether everything that a test made is gone after it. */
import type { Census, NativeBinding } from "@interloop/core";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What must be back where it was. */
const counted = ["refs", "crossings", "jsObjects", "watched", "buffers", "handles", "queued"] as const satisfies readonly (keyof Census)[];

/** Both collectors and every queued release, until the census stands still. */
export async function settle(binding: NativeBinding, collect: () => void, collectPython: () => void): Promise<Census> {
  let before = "";
  for (let round = 0; round < 20; round++) {
    collect();
    await turn();
    collectPython();
    await turn();
    binding.drain();
    const now = JSON.stringify(binding.census());
    if (now === before) break;
    before = now;
  }
  return binding.census();
}

/** The counts that grew, with both values, or undefined. */
export function growth(before: Census, after: Census): string | undefined {
  const grown = counted.filter((name) => after[name] > before[name]);
  if (grown.length === 0) return undefined;
  return grown.map((name) => `${name}: ${before[name]} -> ${after[name]}`).join(", ");
}
