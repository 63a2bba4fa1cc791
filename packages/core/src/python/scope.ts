import { giveBack } from "../environment/finalization.ts";
import { environment } from "../environment/environment.ts";
import type { HandleOwner } from "../environment/context.ts";
import type { Handle } from "../environment/context.ts";
import { endedWithScope, handleOf } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { ensure } from "../start/start.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { noteScopes } from "../runtime/scope.ts";
import { withHandles } from "../runtime/task-locals.ts";
import { isMap, isPlainPrototype, isPromise, isSet } from "../realms.ts";

/** Takes a handle, or the handles in an array, object, Map or Set, out of a {@link Python.scope}, and returns what it was given. */
export type Keep = <T>(value: T) => T;

/** The handles that one run of `python.scope` has made. */
class HandleScope implements HandleOwner {
  #handles: Set<Handle> | undefined = new Set();
  readonly #outer: HandleOwner | undefined;

  constructor(outer: HandleOwner | undefined) {
    this.#outer = outer;
  }

  /** After the end they are the collector's. */
  add(handle: Handle): void {
    this.#handles?.add(handle);
  }

  remove(handle: Handle): void {
    this.#handles?.delete(handle);
  }

  keep<T>(value: T): T {
    for (const handle of handlesIn(value)) this.remove(handle);
    return value;
  }

  /** Release all but those in `result`, which the scope around takes over. */
  end(result?: unknown): void {
    const handles = this.#handles!;
    this.#handles = undefined;
    for (const handle of handlesIn(result)) if (handles.delete(handle)) this.#outer?.add(handle);
    for (const handle of handles) {
      const { ref } = handle;
      // Disposed, or handed over to a Task.
      if (ref === 0) continue;
      handle.ref = 0;
      endedWithScope.add(handle);
      giveBack(ref);
    }
  }
}

let running = 0;

/** `python.scope`. */
export function scope<T>(fn: (keep: Keep) => T): T {
  if (typeof fn !== "function") throw new InterloopError("bad-argument", "python.scope takes a function");
  ensure();
  noteScopes(environment);
  const { asyncContext } = getRuntime();
  const locals = asyncContext.getTaskLocals();
  const handles = new HandleScope(locals?._handles);
  running++;
  environment.onHandleCreated = (handle) => asyncContext.getTaskLocals()?._handles?.add(handle);
  const end = (result?: unknown): void => {
    handles.end(result);
    if (--running === 0) environment.onHandleCreated = undefined;
  };
  let result: T;
  try {
    result = asyncContext.scope(withHandles(locals, handles), () => fn((value) => handles.keep(value)));
  } catch (error) {
    end();
    throw error;
  }
  if (!isPromise(result)) {
    end(result);
    return result;
  }
  return result.then(
    (value: unknown) => {
      end(value);
      return value;
    },
    (error: unknown) => {
      end();
      throw error;
    },
  ) as T;
}

/** The handles in a value: itself, or inside of arrays, plain objects, Maps and Sets. */
function handlesIn(value: unknown): Set<Handle> {
  const found = new Set<Handle>();
  const seen = new Set<unknown>();
  const queue = [value];
  for (const item of queue) {
    if (typeof item !== "object" && typeof item !== "function") continue;
    if (item === null || seen.has(item)) continue;
    seen.add(item);
    const handle = handleOf(item);
    if (handle !== undefined) {
      found.add(handle);
      continue;
    }
    // One by one: as the arguments of one call, a big array would not fit on the engine's stack.
    for (const part of partsOf(item)) if (typeof part === "object" || typeof part === "function") queue.push(part);
  }
  return found;
}

function partsOf(item: object): Iterable<unknown> {
  if (Array.isArray(item) || isSet(item)) return item;
  if (isMap(item)) return [...item.keys(), ...item.values()];
  return isPlainPrototype(Object.getPrototypeOf(item)) ? Object.values(item) : [];
}
