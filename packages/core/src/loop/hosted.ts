/** The default loop of this JS environment: an `interloop.GuestLoop`, made when it is needed and made anew when it was closed. */
import { askHelper, callHelper } from "../bridge/helpers.ts";
import { apart } from "../bridge/lifetime.ts";
import { binding, environment } from "../bridge/link.ts";
import type { PyObject } from "../bridge/py-object.ts";
import { refOf } from "../bridge/refs.ts";
import { getRuntime, scope } from "../runtime.ts";
import { TaskLocals } from "../task-locals.ts";

/** Make a new default loop and let the addon host it. */
export function host(): PyObject {
  return hostThis(apart(() => askHelper("new_guest") as PyObject));
}

/** Let the addon host `loop`, an `interloop.GuestLoop`, as the default one. */
export function hostThis(loop: PyObject): PyObject {
  apart(() => askHelper("settle_in", loop, callFor, setDebug));
  // The addon makes what wakes this thread, once; it must not keep the store of whoever came first.
  getRuntime().asyncContext.root(() => binding.hostLoop(refOf(loop, "The loop")));
  environment.loop = loop;
  return loop;
}

/** Call a JS function for a loop of another thread: as its current loop, with the context that is current now. */
function callFor(loop: PyObject, fn: (...args: unknown[]) => unknown, ...args: unknown[]): unknown {
  const context = callHelper("copy_bare_context") as PyObject;
  return scope(new TaskLocals(loop).withContext(context), () => fn(...args));
}

/** asyncio's debug mode is on or off. */
function setDebug(debug: boolean): void {
  environment.debug = debug;
}

/** The default loop, open; made if need be. */
export function defaultLoop(): PyObject {
  return openLoop() ?? host();
}

/** The default loop, if there is one and it is open. */
export function openLoop(): PyObject | undefined {
  const { loop } = environment;
  return loop === undefined || askHelper("is_closed", loop) === true ? undefined : loop;
}
