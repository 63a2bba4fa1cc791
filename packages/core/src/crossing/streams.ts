/** What both kinds of streams need: the functions of `interloop._streams`, and the context that belongs to whoever made the stream. */
import type { Ref } from "../binding.ts";
import { binding, environment, prepare, quiet } from "../bridge/link.ts";
import type { Origin } from "../bridge/link.ts";
import { describe, handleOf, live } from "../bridge/refs.ts";
import { InterloopError } from "../errors.ts";
import { getRuntime, scope } from "../runtime.ts";
import type { TaskLocals } from "../task-locals.ts";

/** How far a stream may run ahead, unless it is told. */
const MARK = 16;

const functions = new Map<string, object>();

/** Call a function of `interloop._streams`. */
export function callStreams(name: "can_be_iterated" | "into_js" | "from_js", ...args: unknown[]): unknown {
  let found = functions.get(name);
  if (found === undefined) {
    const module = binding.importModule("interloop._streams");
    found = binding.getAttr(live(handleOf(module)!), name) as object;
    functions.set(name, found);
  }
  const ref: Ref = live(handleOf(found)!);
  if (!quiet) prepare();
  return binding.call(ref, ...args);
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
  const origin: Origin | undefined = quiet ? undefined : environment.origin();
  const inContext: Home = (fn) => {
    if (origin !== undefined) return origin.run(fn);
    return quiet ? fn() : getRuntime().asyncContext.root(fn);
  };
  return locals === undefined ? inContext : (fn) => inContext(() => scope(locals, fn));
}

/** The reason of an abort, as the message of a cancellation. */
export function inWords(reason: unknown): string {
  try {
    return reason instanceof Error ? reason.message : String(reason);
  } catch {
    return "";
  }
}
