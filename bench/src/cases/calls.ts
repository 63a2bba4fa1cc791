/** A synchronous call, and a megabyte that crosses without being copied. */
import { limitOf } from "../bars.ts";
import { against } from "../case.ts";
import type { Case, Sample } from "../case.ts";
import { python } from "../runtime.ts";
import { load } from "../source.ts";

const MEGABYTE = 2 ** 20;
const { add } = load("floors") as unknown as { add: (a: number, b: number) => number };
const crossings = load("crossings");
const view = crossings.view as (array: Uint8Array) => number;

function perCall(count: number, call: () => number): number {
  let sum = 0;
  const start = performance.now();
  for (let done = 0; done < count; done++) sum += call();
  const elapsed = performance.now() - start;
  // Keeps the calls from being optimised away, and sees that they did what they should.
  if (Number.isNaN(sum)) throw new Error("A call answered no number");
  return (elapsed / count) * 1000;
}

const bytes = python.eval<Parameters<typeof python.buffer>[0]>(`bytearray(${MEGABYTE})`);
const array = python.share(MEGABYTE);

let proven = false;

function proveSharing(): void {
  if (proven) return;
  const seen = python.buffer(bytes).data;
  seen[7] = 42;
  if (python.getItem(bytes, 7) !== 42) throw new Error("The buffer to JS was copied");
  python.call(python.eval("lambda array: memoryview(array).__setitem__(9, 43)"), array);
  if (array[9] !== 43) throw new Error("The buffer to Python was copied");
  proven = true;
}

function underLimit(name: string, slice: () => number): Case {
  const sample = async (): Promise<Sample> => {
    proveSharing();
    return { value: slice(), floor: limitOf(name) };
  };
  return { name, unit: "us", floor: "limit", sample };
}

export const calls: readonly Case[] = [
  against("D", "call/add", () => perCall(80_000, () => add(1, 2))),
  underLimit("buffer/1MB/to-js", () => perCall(5000, () => python.buffer(bytes).data.byteLength)),
  underLimit("buffer/1MB/to-py", () => perCall(5000, () => view(array))),
];
