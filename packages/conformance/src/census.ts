/** Whether everything that a test made is gone after it. */
import type { Census, NativeBinding } from "@interloop/core";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What must be back where it was. */
const counted = ["refs", "crossings", "jsObjects", "watched", "buffers", "handles", "queued"] as const satisfies readonly (keyof Census)[];

/** Both collectors and every queued release, until `enough` says so of the census or nothing has moved for a while. */
export async function settle(binding: NativeBinding, collect: () => void, collectPython: () => void, enough?: (census: Census) => boolean): Promise<Census> {
  // Each look comes after what costs little; a collector runs only when that was not enough.
  const steps = [() => undefined, collect, collectPython];
  let before = "";
  for (let round = 0, still = 0; round < 50 && still < 4; round++) {
    for (const step of steps) {
      step();
      await turn();
      binding.drain();
      const census = binding.census();
      if (enough?.(census) === true) return census;
    }
    const now = JSON.stringify(binding.census());
    still = now === before ? still + 1 : 0;
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
