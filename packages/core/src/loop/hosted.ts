/** The default loop of this JS environment, made when it is needed and made anew when it was closed: an `interloop.GuestLoop`, or with placement "thread" a loop of any kind on a Python thread. */
import { callBridge } from "../environment/bridge-functions.ts";
import { untracked } from "../environment/finalization.ts";
import { CallSlot } from "../binding.ts";
import { binding, environment, callSlots } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { refOf } from "../environment/refs.ts";
import { placement } from "../runtime/init.ts";
import { sharedState, getRuntime } from "../runtime/runtime.ts";

/** Make a new default loop. */
export function host(): PyObject {
  return placement() === "thread" ? runOnThread() : hostThis(untracked(() => callBridge("new_guest") as PyObject));
}

/** Let the addon host `loop`, an `interloop.GuestLoop`, as the default one. */
export function hostThis(loop: PyObject): PyObject {
  untracked(() => callBridge("settle_in", loop, setDebug));
  // The addon makes what wakes this thread, once; it must not keep the store of whoever came first.
  getRuntime().asyncContext.root(() => binding.hostLoop(refOf(loop, "The loop")));
  environment.loop = loop;
  environment.threaded = false;
  return loop;
}

/** A new loop, on a new thread. */
function runOnThread(): PyObject {
  const loop = untracked(() => callBridge("start_loop_thread", sharedState().options?.loop ?? null) as PyObject);
  binding.useLoop(refOf(loop, "The loop"));
  environment.loop = loop;
  environment.threaded = true;
  return loop;
}

/** asyncio's debug mode is on or off. */
function setDebug(debug: boolean): void {
  environment.debug = debug;
  callSlots[CallSlot.debug] = debug ? 1 : 0;
}

/** The default loop, open; made if need be. */
export function defaultLoop(): PyObject {
  return openLoop() ?? host();
}

/** The default loop, if there is one and it is open. */
export function openLoop(): PyObject | undefined {
  const { loop } = environment;
  return loop === undefined || callBridge("is_closed", loop) === true ? undefined : loop;
}
