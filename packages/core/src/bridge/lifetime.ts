/** When JS objects that stand for Python objects are collected, their Refs go back. No reference is dropped anywhere else, but for `Symbol.dispose`. */
import type { Ref } from "../binding.ts";
import { binding, environment } from "./link.ts";

// Held values only, no tokens: a Ref that was released before is stale, and releasing a stale Ref does nothing.
const registry = new FinalizationRegistry<Ref>(giveBack);
let draining = false;

/** Release `ref` when `owner` is collected. */
export function track(owner: object, ref: Ref): void {
  registry.register(owner, ref);
}

/** Release `ref` now; Python hears of it in a macrotask, or at the next entry. */
export function giveBack(ref: Ref): void {
  binding.release(ref);
  if (draining) return;
  draining = true;
  environment.hop(drain);
}

function drain(): void {
  draining = false;
  binding.drain();
}
