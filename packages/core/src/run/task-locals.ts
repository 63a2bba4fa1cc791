import { callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";
import { TaskLocals as Locals } from "../runtime/task-locals.ts";
import { ensure } from "../start/start.ts";

/** The class {@link TaskLocals}. */
export interface TaskLocalsClass {
  readonly prototype: TaskLocals;

  /**
   * Locals of `eventLoop`, without a context. Mirrors `TaskLocals::new`.
   *
   * @throws InterloopError `bad-argument` when `eventLoop` is not a handle.
   */
  new (eventLoop: PyObject): TaskLocals;

  /**
   * Locals of the loop that runs on this thread, without a context. Mirrors `TaskLocals::with_running_loop`.
   *
   * @throws PyError RuntimeError when no loop is running.
   */
  withRunningLoop(): TaskLocals;
}

/**
 * What a Python task needs to know of where it belongs: its event loop, and the contextvars that it runs with. Immutable.
 * Mirrors `pyo3_async_runtimes::TaskLocals`.
 *
 * @example
 * ```ts
 * import { getCurrentLoop, intoPromise, python, TaskLocals } from "@interloop/node";
 *
 * const contextvars = python.import("contextvars");
 * const user = contextvars.ContextVar("user");
 * const context = contextvars.copy_context();
 * context.run(user.set, "ada");
 *
 * python.exec("async def read(variable): return variable.get()");
 * const locals = new TaskLocals(getCurrentLoop()).withContext(context);
 * console.log(await intoPromise(python.eval("read")(user), { locals })); // ada
 * ```
 */
export const TaskLocals: TaskLocalsClass = Object.assign(Locals, {
  withRunningLoop(): Locals {
    ensure();
    return new Locals(callBridgeInContext("get_running_loop") as PyObject);
  },
});

export type TaskLocals = Locals;
