import { callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";
import { localsOfScope } from "../runtime/scope.ts";
import { TaskLocals } from "../runtime/task-locals.ts";
import { loopHere } from "../loop/loop-ref.ts";
import { ensure } from "../start/start.ts";

/**
 * The asyncio loop that runs on this thread right now. Mirrors `pyo3_async_runtimes::get_running_loop`.
 *
 * @throws PyError RuntimeError when none is running, as `asyncio.get_running_loop()` does.
 * @example
 * ```ts
 * import { getCurrentLoop, getRunningLoop, promiseIntoPy, python } from "@interloop/node";
 *
 * python.exec("async def call(f): return f()");
 * console.log(await python.eval("call")(() => python.is(getRunningLoop(), getCurrentLoop()))); // true
 * ```
 */
export function getRunningLoop(): PyObject {
  ensure();
  return callBridgeInContext("get_running_loop") as PyObject;
}

/**
 * The loop that conversions use here: that of the nearest {@link scope}, else the one that runs on this thread, else the default loop of this JS environment, which is
 * made when it is first needed and made anew when it was closed. Mirrors `get_current_loop`, which throws where this falls back to the default.
 *
 * @example
 * ```ts
 * import { getCurrentLoop, python } from "@interloop/node";
 *
 * console.log(python.isInstance(getCurrentLoop(), python.import("interloop").GuestLoop)); // true
 * ```
 */
export function getCurrentLoop(): PyObject {
  ensure();
  return loopHere();
}

/**
 * The task-locals that are in force here: those of the nearest {@link scope} (a JS function that Python calls is in one, when Python's context is not empty),
 * else the current loop with a copy of the current context. Mirrors `get_current_locals`.
 *
 * @example
 * ```ts
 * import { getCurrentLocals, getCurrentLoop, python } from "@interloop/node";
 *
 * console.log(python.is(getCurrentLocals().eventLoop, getCurrentLoop())); // true
 * ```
 */
export function getCurrentLocals(): TaskLocals {
  ensure();
  return (localsOfScope() as TaskLocals | undefined) ?? new TaskLocals(getCurrentLoop()).copyContext();
}
