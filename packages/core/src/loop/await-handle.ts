/** `await handle`: what a Python call returned is run in a Task. */
import type { Handle, HandleOwner, Origin } from "../environment/context.ts";
import { environment } from "../environment/environment.ts";
import { handleOf } from "../environment/refs.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { convert } from "./guest.ts";
import { currentLoopRef } from "./loop-ref.ts";

/** Run `awaitable` in a Task, once: the promise is remembered. */
export function awaitHandle(handle: Handle): Promise<unknown> {
  if (handle.promise !== undefined) return handle.promise;
  if (handle.share !== undefined) return (handle.promise = handle.share());
  const { origin } = handle;
  handle.origin = undefined;
  const begin = (): Promise<unknown> => convert(handle, currentLoopRef(), 0, origin);
  // Task-locals are found by looking, so they need the context itself; a snapshot only has to be carried on.
  handle.promise = origin !== undefined && environment.scopes ? origin.run(begin) : begin();
  if (environment.onHandleCreated !== undefined) ownResult(handle.conversion, origin);
  return handle.promise;
}

/** What a conversion gives belongs to the `python.scope` that it was begun in; it arrives in nobody's context. */
function ownResult(conversion: number, origin: Origin | undefined): void {
  const find = (): HandleOwner | undefined => getRuntime().asyncContext.getTaskLocals()?._handles;
  const owner = origin === undefined ? find() : origin.run(find);
  const resolve = environment.conversions.resolver(conversion);
  if (owner === undefined || resolve === undefined) return;
  environment.conversions.replaceResolver(conversion, (value) => {
    const result = handleOf(value);
    if (result !== undefined) owner.add(result);
    resolve(value);
  });
}
