/** Which loop conversions use, as the addon wants it named. */
import type { Ref } from "../binding.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import { environment, tracksContext } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { refOf } from "../environment/refs.ts";
import { localsOfScope } from "../runtime/scope.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { defaultLoop } from "./hosted.ts";

/** The Ref of the loop that conversions use here; 0 is the hosted one. */
export function currentLoopRef(): Ref {
  if (tracksContext) {
    const locals = localsOfScope();
    if (locals !== undefined) return locals._loop === undefined ? 0 : refOf(locals._loop, "The event loop");
  }
  const { hosting, depth } = environment.frame;
  if (hosting || depth === 0) return 0;
  const loop = runningLoop();
  return loop === undefined ? 0 : refOf(loop, "The event loop");
}

/** The loop that runs on this thread, when it is not ours that does. */
export function runningLoop(): PyObject | undefined {
  return (callBridge("running_loop") as PyObject | null) ?? undefined;
}

/** The loop that conversions use here, once Python runs: that of the nearest scope, else the one that runs on this thread, else the default one, made if need be. */
export function loopHere(): PyObject {
  const locals = localsOfScope() as TaskLocals | undefined;
  return locals?.eventLoop ?? runningLoop() ?? defaultLoop();
}
