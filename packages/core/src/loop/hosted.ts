/** The default loop of this JS environment: an `interloop.GuestLoop`, made when it is needed and made anew when it was closed. */
import { askHelper } from "../bridge/helpers.ts";
import { binding, environment } from "../bridge/link.ts";
import type { PyObject } from "../bridge/py-object.ts";
import { refOf } from "../bridge/refs.ts";
import { getRuntime } from "../runtime.ts";

/** Make a new default loop and let the addon host it. */
export function host(): PyObject {
  const loop = askHelper("new_loop") as PyObject;
  // The addon makes what wakes this thread, once; it must not keep the store of whoever came first.
  getRuntime().asyncContext.root(() => binding.hostLoop(refOf(loop, "The loop")));
  environment.loop = loop;
  return loop;
}

/** The default loop, open. */
export function defaultLoop(): PyObject {
  const { loop } = environment;
  return loop === undefined || askHelper("is_closed", loop) === true ? host() : loop;
}
