/** Whether everything that a test made is gone after it. */
import type { Census, NativeBinding } from "@interloop/core";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What must be back where it was. */
const counted = ["refs", "crossings", "jsObjects", "watched", "buffers", "handles", "queued"] as const satisfies readonly (keyof Census)[];

export interface Collectors {
  readonly js: () => void;
  readonly python: () => void;
}

export interface Settling {
  /** Ends it: the census is as it should be. */
  readonly enough?: (census: Census) => boolean;
  /** After how many rounds in which nothing moved nothing will. */
  readonly still?: number;
}

/** Both collectors and every queued release, until `enough` says so of the census or nothing has moved for a while. */
export async function settle(binding: NativeBinding, collectors: Collectors, { enough, still = 4 }: Settling = {}): Promise<Census> {
  // Each look comes after what costs little; a collector runs only when that was not enough.
  const steps = [() => undefined, collectors.js, collectors.python];
  let before = "";
  for (let round = 0, unmoved = 0; round < 50 && unmoved < still; round++) {
    for (const step of steps) {
      step();
      // What a collector has found is let go in one of the next turns, and these cost less than another collection.
      for (let waited = 0; waited < 4; waited++) {
        await turn();
        binding.drain();
        const census = binding.census();
        if (enough?.(census) === true) return census;
      }
    }
    const now = JSON.stringify(binding.census());
    unmoved = now === before ? unmoved + 1 : 0;
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
