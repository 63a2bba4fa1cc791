/**
 * The guest loop's side in JS: when Python gets its turn, and how conversions in flight are settled.
 *
 * The addon says when callbacks are ready; a pump runs them. Pumps run in microtasks, which is the shortest way, and after {@link FAIR} of them in a row one goes
 * through a macrotask and looks at descriptors and timers: so neither loop starves the other.
 */
import type { JsId, Ref } from "../binding.ts";
import { starting } from "../environment/conversions.ts";
import { binding, environment, prepare, tracksContext, callSlots } from "../environment/environment.ts";
import type { Origin, Returning } from "../environment/context.ts";
import { CallSlot } from "../binding.ts";
import { recordConversion, tellConversion } from "../errors/crossing-origins.ts";
import { contextOf } from "../runtime/entered-stores.ts";
import { hide, isInterloopError, isPyError } from "../errors.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { here } from "../stacks.ts";
import type { Handle } from "../environment/context.ts";
import { live } from "../environment/refs.ts";
import { host } from "./hosted.ts";

/** Pumps in a row before a macrotask. */
export const FAIR = 64;

/** Pumps can be long: after so many milliseconds of a row it ends sooner, from the {@link FEW}th pump on (a row may have begun long ago, where little is to do). */
const FAIR_TIME = 5;
const FEW = 4;

/** Conversions settled in a row, without a macrotask, before one is: it lets JS timers, I/O and finalizers have their turn. */
const FAIR_SETTLES = 1024;

const resolved = Promise.resolve();

/** What JS settled for Python since the last pump: triples of JsId, 1 or 0, value or error. */
let settled: unknown[] = [];
/** A pump is scheduled already. */
let scheduled = false;
let pumps = 0;
let rowStart = 0;
let settles = 0;
/** Settled conversions that wait for the next macrotask. */
let late: unknown[] | undefined;

/** `Hooks.schedule`. */
export function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  if (pumps < FEW || (pumps < FAIR && Date.now() - rowStart < FAIR_TIME)) void resolved.then(pumpSoon);
  else environment.runMacrotask(pumpLate);
}

/** `Hooks.wake`: the poller has seen something. */
export function wake(): void {
  pumps = 0;
  settles = 0;
  pump(true);
}

function pumpSoon(): void {
  if (pumps++ === 0) rowStart = Date.now();
  scheduled = false;
  pump(false);
}

function pumpLate(): void {
  pumps = 0;
  settles = 0;
  scheduled = false;
  pump(true);
}

function pump(poll: boolean): void {
  // The store of whoever scheduled the pump is not to be seen by everybody's callbacks.
  if (!tracksContext && !(environment.signals && carriesCall())) pumpHere(poll);
  else getRuntime().asyncContext.root(() => pumpHere(poll));
}

const carriesCall = (): boolean => getRuntime().asyncContext.getTaskLocals() !== undefined;

function pumpHere(poll: boolean): void {
  const batch = settled.length === 0 ? undefined : settled;
  if (batch !== undefined) settled = [];
  const frame = environment.frame.host();
  environment.frame = frame;
  let ready = 0;
  try {
    ready = binding.pump(poll, batch);
  } finally {
    environment.frame = frame.pop();
    if (batch !== undefined) for (let next = 0; next < batch.length; next += 3) environment.values.release(batch[next] as JsId);
    if (ready > 0) schedule();
  }
}

/** Follow a promise for Python. It is kept under an id of its own, whose one count passes to the addon. `call` is what returned it, and is told of its end. */
export function watch(promise: Promise<unknown>, call?: Returning): JsId {
  const id = environment.values.keepApart(promise);
  follow(id, promise, promise, call);
  return id;
}

/** Follow `promise` under the id that keeps `value`. */
export function follow(id: JsId, value: unknown, promise: Promise<unknown>, call?: Returning): void {
  const { values } = environment;
  // Python may have let go of it by then.
  promise.then(
    (result) => {
      if (values.find(id) === value) deliver(id, 1, result);
      call?.end();
    },
    (error: unknown) => {
      if (values.find(id) === value) deliver(id, 0, error);
      call?.end();
    },
  );
}

function deliver(id: JsId, kind: 0 | 1, value: unknown): void {
  settled.push(id, kind, value);
  // Python may let go of the promise before the pump.
  environment.values.retain(id);
  if (!scheduled) schedule();
}

/** `Hooks.settle`. */
export function settle(...triples: unknown[]): void {
  settles += triples.length;
  if (settles > 3 * FAIR_SETTLES) {
    if (late === undefined) {
      late = triples;
      environment.runMacrotask(settleLate);
    } else for (const each of triples) late.push(each);
    return;
  }
  settleNow(triples);
}

function settleLate(): void {
  const triples = late!;
  late = undefined;
  settles = 0;
  pumps = 0;
  settleNow(triples);
}

function settleNow(triples: readonly unknown[]): void {
  for (let next = 0; next < triples.length; next += 3) {
    const kind = triples[next + 1];
    if (kind === 2) rejectUnseen(triples[next] as number);
    else settleOne(triples[next] as number, kind === 1, triples[next + 2]);
  }
}

/** What a conversion that was cancelled rejects with when nobody but who cancelled it sees that, be it another copy of this package. */
export const UNSEEN: unique symbol = Symbol.for("interloop.unseen") as never;

function rejectUnseen(id: number): void {
  const { conversions } = environment;
  const reject = conversions.rejecter(id);
  conversions.end(id);
  if (environment.madeAt.size > 0) tellConversion(id, true, undefined);
  reject?.(UNSEEN);
}

/** An id that has ended already is left alone: whatever came to its slot is somebody else's. */
function settleOne(id: number, ok: boolean, value: unknown): void {
  const { conversions } = environment;
  const resolve = conversions.resolver(id);
  if (resolve === undefined) return;
  if (resolve === starting) {
    environment.early.push({ id, ok, value });
    return;
  }
  conversions.end(id);
  if (environment.madeAt.size > 0) tellConversion(id, ok, value);
  resolve(ok ? value : located(value));
}

/** Rejects a few turns of the microtask queue later: by then the engine knows who awaits it, and the stack names those functions. What does not fail pays nothing for it. */
function located(error: unknown): Promise<never> {
  if (!isPyError(error)) return Promise.reject(error as Error);
  const locate = (): never => {
    hide(error, "_located", here());
    throw error;
  };
  return resolved.then(unset).then(unset).then(locate);
}

const unset = (): void => {};
let lastResolve: (value: unknown) => void = unset;
let lastReject: (error: unknown) => void = unset;
// One executor for all promises: it leaves its arguments where `convert` finds them.
const capture = (resolve: (value: unknown) => void, reject: (error: unknown) => void): void => {
  lastResolve = resolve;
  lastReject = reject;
};

/**
 * Run an awaitable in a Task of `loop` (0: the hosted one), in a copy of `context` (0: as the caller's locals say), carrying `origin` as its async context (undefined: the caller's).
 * Afterwards `handle.conversion` is the id of the conversion, which may have ended by then. Never throws.
 */
export function convert(handle: Handle, loop: Ref, context: Ref, origin?: Origin): Promise<unknown> {
  const { conversions } = environment;
  const id = conversions.begin();
  let outcome: unknown;
  let failed = false;
  try {
    outcome = start(handle, id, loop, context, origin);
  } catch (error) {
    outcome = error;
    failed = true;
  }
  handle.conversion = id;
  let ended = failed || outcome !== undefined;
  const { early } = environment;
  if (early.length > 0) {
    const index = early.findIndex((settled) => settled.id === id);
    if (index >= 0) {
      const [settled] = early.splice(index, 1);
      failed = !settled!.ok;
      outcome = settled!.value;
      ended = true;
    }
  }
  // Rows of conversions that end at once go the long way now and then, which is the fair one: see settle().
  if (ended && settles < 3 * FAIR_SETTLES) {
    settles += 3;
    conversions.end(id);
    return failed ? located(outcome) : Promise.resolve(outcome);
  }
  const promise = new Promise<unknown>(capture);
  conversions.promise(id, lastResolve, lastReject);
  lastResolve = lastReject = unset;
  // What ends at once has this stack anyway.
  if (environment.debug) recordConversion(id);
  if (ended) settle(id, failed ? 0 : 1, outcome);
  return promise;
}

function start(handle: Handle, id: number, loop: Ref, context: Ref, origin: Origin | undefined): unknown {
  if (loop === 0 && environment.loop === undefined) host();
  const hosts = loop === 0 && !environment.threaded;
  const frame = hosts ? environment.frame.host() : undefined;
  if (frame !== undefined) environment.frame = frame;
  try {
    return enter(handle, id, loop, context, origin);
  } catch (error) {
    // The program closed the default loop: there is to be one, so make it anew.
    if (loop !== 0 || !isInterloopError(error) || error.code !== "no-loop") throw error;
    host();
    return enter(handle, id, loop, context, origin);
  } finally {
    if (frame !== undefined) environment.frame = frame.pop();
  }
}

function enter(handle: Handle, id: number, loop: Ref, context: Ref, origin: Origin | undefined): unknown {
  const use = loop !== 0 || environment.threaded ? "task elsewhere" : "task";
  if (origin !== undefined && environment.asyncContext && !environment.scopes) {
    const { store } = origin;
    const own = context !== 0 || (environment.frame.depth > 0 && store === environment.frame.store) ? 0 : contextOf(store, use);
    callSlots[CallSlot.snapshot] = environment.values.keepApart(origin);
    if (own !== 0) callSlots[CallSlot.context] = own;
  } else if (tracksContext) prepare(use);
  if (context !== 0) callSlots[CallSlot.context] = context;
  const outcome = binding.startTask(live(handle), id, loop, handle.coroutine);
  if (handle.coroutine) handle.ref = 0;
  return outcome;
}
