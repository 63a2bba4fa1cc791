/** What both kinds of streams need: the functions of `interloop._streams`, and the context that belongs to whoever made the stream. */
import type { Ref } from "../binding.ts";
import { untracked } from "../environment/finalization.ts";
import { binding, environment, prepare, tracksContext } from "../environment/environment.ts";
import type { Origin } from "../environment/context.ts";
import type { PyObject } from "../environment/py-object.ts";
import { describe, handleOf, live } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { scope } from "../runtime/scope.ts";
import { given } from "../runtime/task-locals.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { isError } from "../realms.ts";

/** How far a stream may run ahead, unless it is told. */
const MARK = 16;

const functions = new Map<string, object>();

/** Call a function of `interloop._streams`. */
export function callStreams(name: "can_be_iterated" | "into_js" | "from_js", ...args: unknown[]): unknown {
  let found = functions.get(name);
  if (found === undefined) {
    found = untracked(() => binding.getAttr(live(handleOf(binding.importModule("interloop._streams"))!), name) as object);
    functions.set(name, found);
  }
  const ref: Ref = live(handleOf(found)!);
  if (tracksContext) prepare();
  // What "from_js" makes is the program's, all else is ours.
  return name === "from_js" ? binding.call(ref, ...args) : untracked(() => binding.call(ref, ...args));
}

/** Calls in a row, or milliseconds of a row, before a macrotask: streams that never wait must not keep everybody else waiting. */
const FAIR = 64;
const FAIR_TIME = 5;
/** A row may have begun long ago. */
const FEW = 4;
let row = 0;
let rowStart = 0;

/** Do something that lets a waiting Task of the hosted loop run: at once, or when others had their turn. */
export function inTurn(go: () => void): void {
  if (row === 0) rowStart = Date.now();
  if (row < FEW || (row < FAIR && Date.now() - rowStart < FAIR_TIME)) {
    row++;
    go();
    return;
  }
  environment.runMacrotask(() => {
    row = 0;
    go();
  });
}

/** As in a pump: the Task must not see the store of whoever wakes it. */
function hosting<T>(go: () => T): T {
  const frame = environment.frame.host();
  environment.frame = frame;
  try {
    return !tracksContext ? go() : getRuntime().asyncContext.root(go);
  } finally {
    environment.frame = frame.pop();
  }
}

/** Call a method of ours that lets a Task go on, and run the Task. */
export function step(method: PyObject, args: readonly unknown[]): void {
  hosting(() => binding.step(live(handleOf(method)!), ...args));
}

const collect = (...items: unknown[]): unknown[] => items;

/** Let the stream make items: see `NativeBinding.stepStream`. */
export function stepStream(producer: PyObject, room: number): unknown[] | null | false {
  return hosting(() => binding.stepStream(live(handleOf(producer)!), room, collect));
}

/** Let Python take items: see `NativeBinding.feedStream`. */
export function feedStream(receiver: PyObject, items: readonly unknown[]): boolean {
  return hosting(() => binding.feedStream(live(handleOf(receiver)!), ...items));
}

/** The option `highWaterMark`, checked. */
export function markOf(highWaterMark: number | undefined): number {
  if (highWaterMark === undefined) return MARK;
  if (Number.isSafeInteger(highWaterMark) && highWaterMark >= 1) return highWaterMark;
  const given = typeof highWaterMark === "number" ? String(highWaterMark) : describe(highWaterMark);
  throw new InterloopError("bad-argument", `The option "highWaterMark" must be a whole number from 1 on, not ${given}`);
}

/** Runs something where the stream was made, whoever asks for the next item. */
export type Home = <T>(fn: () => T) => T;

/** The async context of the caller and the given locals, or those in force here. */
export function homeOf(locals: TaskLocals | undefined): Home {
  const origin: Origin | undefined = !tracksContext ? undefined : environment.origin();
  const inContext: Home = (fn) => {
    if (origin !== undefined) return origin.run(fn);
    return !tracksContext ? fn() : getRuntime().asyncContext.root(fn);
  };
  return locals === undefined ? inContext : (fn) => inContext(() => scope(locals, fn));
}

/** The async context of the caller, and the Python context of whoever asks for the first item, which is the one that iterates. */
export function homeOfReader(): Home {
  const inContext = homeOf(undefined);
  let locals: TaskLocals | undefined;
  let asked = false;
  return (fn) => {
    if (!asked) {
      asked = true;
      locals = environment.scopes ? (given(getRuntime().asyncContext.getTaskLocals()) as TaskLocals | undefined) : undefined;
    }
    const known = locals;
    return known === undefined ? inContext(fn) : inContext(() => scope(known, fn));
  };
}

/** The reason of an abort, as the message of a cancellation. */
export function inWords(reason: unknown): string {
  try {
    return isError(reason) ? reason.message : String(reason);
  } catch {
    return "";
  }
}
