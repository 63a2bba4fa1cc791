/** Tests inside `main()`: each loop has the process's main thread for as long as its test takes. */
import { callBridge } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";
import { drive } from "../run/run.ts";
import { sharedState } from "../runtime/runtime.ts";

/** The Python object that runs on the main thread; undefined where that is not Python's, or is taken by a Python program. */
export function lender(): object | undefined {
  const target = sharedState().main?.target;
  return target !== undefined && callBridge("main_lends", target) === true ? target : undefined;
}

/** Run `fn` with a new loop on the main thread, made as that of `main()` was, and close it. */
export async function runOnMainThread(target: object, fn: (loop: PyObject) => Promise<void>): Promise<void> {
  const loop = callBridge("main_new_loop", target) as PyObject;
  await drive(loop, () => fn(loop), callBridge("main_driver", target, loop) as PyObject);
}

/** The signal handlers that the last such loop has left behind, as text; they were taken back. */
export function handlersLeft(target: object): string {
  return callBridge("main_handlers_left", target) as string;
}
