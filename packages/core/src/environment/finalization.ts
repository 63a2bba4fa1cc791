/** When JS objects that stand for Python objects are collected, their Refs go back. No reference is dropped anywhere else, but for `Symbol.dispose`. */
import type { Ref } from "../binding.ts";
import { binding, environment } from "./environment.ts";
import type { Handle } from "./context.ts";

/**
 * Handles made since the last sweep. Most live for less than a turn (the coroutine in `await f()`), and the engine's garbage collector treats whatever is in a FinalizationRegistry as
 * long-lived: so only those that are still in use after a turn, or after {@link YOUNG} others, are registered.
 */
let young: Owner[] = [];
const YOUNG = 4096;
let sweeping = false;
/** Memory was short before: the addon watches handles as well, up to a number. */
let pressed = false;

/** A JS object that stands for a Python object while its `ref` is not 0. */
interface Owner {
  readonly ref: Ref;
  readonly proxy: object;
}

/** What releases the Refs of collected handles. Held values only, no tokens: a Ref that was released before is stale, and releasing a stale Ref does nothing. */
export const newRegistry = (): FinalizationRegistry<Ref> => new FinalizationRegistry<Ref>(collected);
let draining = false;

/** A collection may end a great many handles in a row: their objects go in portions, before they pile up. */
const PORTION = 4096;
let portion = 0;

function collected(ref: Ref): void {
  giveBack(ref);
  if (++portion < PORTION) return;
  portion = 0;
  binding.drain();
}

/** Release the Ref of a handle when the handle is collected. */
export function adopt(owner: Handle): void {
  if (environment.onHandleCreated !== undefined && !environment.frame.untracked) environment.onHandleCreated(owner);
  if (young.push(owner) >= YOUNG) sweep();
  if (sweeping) return;
  sweeping = true;
  environment.runMacrotask(sweepLater);
}

function sweep(): void {
  const owners = young;
  young = [];
  const { registry } = environment;
  for (const { ref, proxy } of owners) {
    if (ref === 0) continue;
    registry.register(proxy, ref);
    if (pressed) binding.watchHandle(ref, proxy);
  }
}

/**
 * `Operation.collect`: run the garbage collector, and release the Refs of the handles that it took. The registry tells of these in a later turn, which a loop without turns does not reach; the addon, which
 * watches those that were made lately, knows at once.
 */
export function collectHandles(): void {
  pressed = true;
  sweep();
  environment.collect();
  binding.sweepHandles();
}

function sweepLater(): void {
  sweeping = false;
  sweep();
}

/** Make handles that are our own: no scope of the program's ends them, and no report of leaks names them. */
export function untracked<T>(make: () => T): T {
  const frame = environment.frame.untrack();
  environment.frame = frame;
  try {
    return make();
  } finally {
    environment.frame = frame.pop();
  }
}

/** Release `ref` when `owner` is collected. */
export function track(owner: object, ref: Ref): void {
  environment.registry.register(owner, ref);
}

/** Release `ref` now; Python's reference is released in a macrotask, or at the next entry. */
export function giveBack(ref: Ref): void {
  binding.release(ref);
  if (draining) return;
  draining = true;
  environment.runMacrotask(drain);
}

function drain(): void {
  draining = false;
  binding.drain();
}
