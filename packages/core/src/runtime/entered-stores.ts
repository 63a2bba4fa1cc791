/** Which Python context an entry runs in: that of the nearest scope or store. */
import type { Ref } from "../binding.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import { untracked } from "../environment/finalization.ts";
import { environment } from "../environment/environment.ts";
import type { ContextContents, Locals, StoreContext } from "../environment/context.ts";
import type { PyObject } from "../environment/py-object.ts";
import { refOf } from "../environment/refs.ts";
import { Contents, ContextOfStore, copyOf } from "./store-context.ts";
import { sharedState } from "./runtime.ts";
import { given } from "./task-locals.ts";

/** The program enters a store. Python may not have started. */
export function enterStore(): StoreContext {
  const { asyncContext } = sharedState().runtime!;
  const locals = given(asyncContext.getTaskLocals());
  return new ContextOfStore(contentsHere(asyncContext.getStore?.(), locals), locals);
}

function contentsHere(outer: StoreContext | undefined, locals: Locals | undefined): ContextContents {
  if (sharedState().environment?.info !== undefined && environment !== undefined) {
    // Below a call by Python the caller's context is the current one.
    if (isFrame(outer, locals))
      return new Contents(
        undefined,
        untracked(() => callBridge("copy_bare_context") as PyObject),
      );
    const context = isNearer(locals, outer) ? (locals as { context?: PyObject }).context : undefined;
    if (context !== undefined) return new Contents(undefined, copyOf(context));
  }
  return (outer ?? sharedState().rootContext).contents();
}

/** Is this where Python has called JS, so that the right context is current already? */
function isFrame(store: StoreContext | undefined, locals: Locals | undefined): boolean {
  const { frame } = environment;
  return frame.depth > 0 && store === frame.store && locals === frame.locals;
}

/** Were the locals of a scope entered within the store, or is there no store? */
function isNearer(locals: Locals | undefined, store: StoreContext | undefined): locals is Locals {
  return locals !== undefined && (store === undefined || store.locals !== locals);
}

/** For which kind of entry a context is wanted: a plain call, which may change it; or a Task, which copies it, at once or on another thread, when it may have changed. */
export type Use = "call" | "task" | "task elsewhere";

/** The context for the entry that follows; 0: the current one. */
export function contextForEntry(use: Use): Ref {
  const { asyncContext } = sharedState().runtime!;
  const store = environment.asyncContext ? asyncContext.getStore?.() : undefined;
  const locals = environment.scopes ? given(asyncContext.getTaskLocals()) : undefined;
  if (isFrame(store, locals)) return 0;
  if (isNearer(locals, store) && locals !== environment.frame.locals && locals._contextRef !== 0) return locals._contextRef;
  return contextOf(store, use);
}

/** The context for an entry from a store, or from outside of any. */
export function contextOf(store: StoreContext | undefined, use: Use): Ref {
  if (store === undefined) {
    if (use === "call" && environment.asyncContext) sharedState().rootContext.enter();
    return 0;
  }
  // Below a call by Python another context than this thread's own is the current one.
  if (use === "call" || environment.frame.depth > 0) return store.enter();
  return use === "task elsewhere" && store.used ? refOf(store.copy(), "The context") : store.toCopy();
}
