/** What Python does to JS iterators and generators. */
import { CallSlot } from "../binding.ts";
import type { JsId } from "../binding.ts";
import { isPyError } from "../errors.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import { environment, callSlots } from "../environment/environment.ts";
import { Refusal } from "../errors/unsupported.ts";
import { describe, handleOf } from "../environment/refs.ts";

type Loose = Iterator<unknown, unknown, unknown>;

/** A step: the item. At the end nothing and `missing`, or it throws StopIteration with what the generator returned. */
export function stepIterator(iterator: object, sent: unknown): unknown {
  const { next } = iterator as Loose;
  if (typeof next !== "function") throw new Refusal("TypeError", `${describe(iterator)} has no method next(), so it is no iterator`);
  let step: unknown;
  try {
    step = sent === undefined ? (iterator as Loose).next() : (iterator as Loose).next(sent);
  } catch (error) {
    throw notTheEnd(error);
  }
  return itemOf(step);
}

/** Throw a Python exception into it. An iterator that cannot be thrown into is closed, and the exception goes on. */
export function throwIntoIterator(iterator: object, exception: unknown): unknown {
  const error = asError(exception);
  if (typeof (iterator as Loose).throw !== "function") {
    (iterator as Loose).return?.();
    throw error;
  }
  let step: unknown;
  try {
    step = (iterator as Loose).throw!(error);
  } catch (thrown) {
    throw notTheEnd(thrown);
  }
  return itemOf(step);
}

/** `close()`, as of a Python generator. */
export function closeIterator(iterator: object): void {
  const step: unknown = (iterator as Loose).return?.();
  if (typeof step === "object" && step !== null && (step as IteratorResult<unknown>).done === false) {
    throw new Refusal("RuntimeError", "generator ignored GeneratorExit");
  }
}

/** Python has dropped an object that stands for the iterator, and has begun to iterate. With `report` nobody hears what `return()` throws. */
export function leaveIterator(id: JsId, report: boolean): void {
  const iterator = environment.values.find(id) as Loose | undefined;
  environment.values.release(id);
  if (iterator === undefined) return;
  if (environment.values.has(id)) environment.leaving.set(id, iterator);
  else if (report) closeAndReport(iterator);
  else iterator.return?.();
}

/** Close the iterators that were left and that no Python object stands for any more. */
export function closeLeft(): void {
  if (environment === undefined || environment.leaving.size === 0) return;
  for (const [id, iterator] of environment.leaving) {
    if (environment.values.has(id)) continue;
    environment.leaving.delete(id);
    closeAndReport(iterator as Loose);
  }
}

function closeAndReport(iterator: Loose): void {
  try {
    iterator.return?.();
  } catch (error) {
    void Promise.reject(error as Error);
  }
}

function itemOf(step: unknown): unknown {
  if (typeof step !== "object" || step === null) throw new Refusal("TypeError", `The iterator's result is not an object but ${describe(step)}`);
  const { done, value } = step as IteratorResult<unknown, unknown>;
  if (done !== true) return value;
  if (value !== undefined && value !== null) throw callBridge("stop_iteration", value);
  callSlots[CallSlot.missing] = 1;
  return undefined;
}

/** Python would take a StopIteration that comes out of a generator for its end (PEP 479). */
function notTheEnd(error: unknown): unknown {
  const exception = isPyError(error) ? error.value : handleOf(error)?.proxy;
  return exception === undefined ? error : (callBridge("stop_raised", exception) ?? error);
}

/** The JS error for a Python exception, which is what JS threw where it came from there. */
function asError(exception: unknown): unknown {
  try {
    callBridge("raise_exception", exception);
  } catch (error) {
    return error;
  }
  return undefined;
}

const generatorFunctions = [function* () {}, async function* () {}].map((fn) => Object.getPrototypeOf(fn) as object);

/** A JS function that Python has called returned this object: is it a new generator, which nobody in JS holds? */
export function noteGenerator(fn: object, result: object): void {
  try {
    const prototype: unknown = Object.getPrototypeOf(fn);
    if (prototype === generatorFunctions[0] || prototype === generatorFunctions[1]) environment.generators.add(result);
  } catch {
    // A hostile proxy is no generator function.
  }
}
