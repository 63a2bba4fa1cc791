/** Task-locals, calls and tasks in the async context, and who has to look for them there. */
import { environment, tellListeners } from "../environment/environment.ts";
import type { Environment } from "../environment/environment.ts";
import type { Locals } from "../environment/context.ts";
import { sharedState, getRuntime } from "./runtime.ts";
import { given, withCall, withHandles } from "./task-locals.ts";
import type { TaskLocals } from "./task-locals.ts";

/**
 * Run `fn` with `locals` as its task-locals, and everything that it starts or continues later. Python called in there runs in the context of the locals, and
 * {@link intoPromise} and {@link promiseIntoPy} use their loop. Mirrors `pyo3_async_runtimes::tokio::scope`.
 *
 * @example
 * ```ts
 * import { getCurrentLocals, getCurrentLoop, scope, TaskLocals } from "@interloop/node";
 *
 * const locals = new TaskLocals(getCurrentLoop());
 * await scope(locals, async () => {
 *   await null;
 *   console.log(getCurrentLocals() === locals); // true
 * });
 * ```
 */
export function scope<T>(locals: TaskLocals, fn: () => T): T {
  const shared = sharedState().environment;
  if (shared !== undefined) noteScopes(shared);
  const { asyncContext } = getRuntime();
  const call = sharedState().signals ? asyncContext.getTaskLocals()?._call : undefined;
  const handles = shared?.onHandleCreated === undefined ? undefined : asyncContext.getTaskLocals()?._handles;
  const carrying = call === undefined ? locals : withCall(locals, call);
  return asyncContext.scope(handles === undefined ? carrying : withHandles(carrying, handles), fn);
}

/** From now on an entry into Python has to look for task-locals. */
export function noteScopes(shared: Environment): void {
  if (shared.scopes) return;
  shared.scopes = true;
  tellListeners(shared);
}

/** From now on the async context carries who can be told to stop. */
export function noteSignals(): void {
  const shared = sharedState();
  shared.signals = true;
  if (shared.environment !== undefined) shared.environment.signals = true;
}

/** The task-locals of the nearest scope, without a look at Python. */
export function localsOfScope(): Locals | undefined {
  return environment?.scopes === true ? given(getRuntime().asyncContext.getTaskLocals()) : undefined;
}
