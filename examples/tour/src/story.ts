/** How the tour tells its story, and keeps count of what held. */
import { performance } from "node:perf_hooks";

const began = performance.now();
let chapters = 0;
let held = 0;
const broken: string[] = [];

/** A heading. */
export function chapter(title: string): void {
  console.log(`${chapters === 0 ? "" : "\n"}${++chapters}. ${title}`);
}

/** A line of the story. */
export function say(text: string): void {
  console.log(`   ${text}`);
}

/** Something that must be true, in words. */
export function holds(claim: string, condition: boolean): void {
  console.log(`   ${condition ? "[ok]" : "[BROKEN]"} ${claim}`);
  if (condition) held++;
  else broken.push(claim);
}

/** The last lines; true when everything held. */
export function summary(): boolean {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`\nThe tour is over: ${chapters} chapters, ${held} of ${held + broken.length} claims held, ${seconds} s`);
  for (const claim of broken) console.log(`Broken: ${claim}`);
  return broken.length === 0;
}

/** The milliseconds that `work` takes, and its value. */
export async function timed<T>(work: () => Promise<T>): Promise<[value: T, milliseconds: number]> {
  const start = performance.now();
  const value = await work();
  return [value, performance.now() - start];
}

/** A promise that resolves after a timer of JS. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
