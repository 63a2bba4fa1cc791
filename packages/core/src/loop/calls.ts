/** Python calls a JS function: its receiver, its async context, its task-locals, and what becomes of a promise. */
import { CallSlot } from "../binding.ts";
import type { JsId, Ref } from "../binding.ts";
import { invoke } from "../js-objects/classes.ts";
import { noteGenerator } from "../js-objects/iterators.ts";
import { untracked } from "../environment/finalization.ts";
import { binding, environment, quiet, callSlots } from "../environment/environment.ts";
import type { Locals, Origin } from "../environment/environment.ts";
import { recordCallers } from "../errors/crossing-origins.ts";
import { contextForEntry } from "../runtime/entered-stores.ts";
import type { Use } from "../runtime/entered-stores.ts";
import { InterloopError } from "../errors.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { noteScopes } from "../runtime/scope.ts";
import type { Snapshot } from "../runtime/contract.ts";
import { CallLocals, given, withCall } from "../runtime/task-locals.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { PythonCall } from "./python-call.ts";
import { runningLoop } from "./loop-ref.ts";
import { defaultLoop } from "./hosted.ts";
import { isPromise } from "../realms.ts";

type Fn = (...args: unknown[]) => unknown;

/** `Hooks.call`. */
export function call(id: JsId, receiver: JsId, snapshot: JsId, context: Ref, ...args: unknown[]): unknown {
  const { values } = environment;
  const fn = values.find(id) as Fn;
  callSlots[CallSlot.promise] = 0;
  const outer = environment.call;
  if (typeof fn !== "function") throw new InterloopError("not-callable", "This JS object is not a function");
  environment.depth++;
  // Made when somebody asks for it, or for each call once somebody has.
  environment.call = environment.signals ? new PythonCall() : undefined;
  let made: PythonCall | undefined;
  let result: unknown;
  try {
    if (quiet && environment.call === undefined && snapshot === 0 && context === environment.empty) {
      result = invoke(fn, receiver === 0 ? undefined : values.find(receiver), args);
    } else result = callInContext(fn, receiver === 0 ? undefined : values.find(receiver), args, snapshot, context);
  } finally {
    environment.depth--;
    made = environment.call as PythonCall | undefined;
    environment.call = outer;
    made?.leave?.();
    if (made !== undefined && !isPromise(result)) made.end();
  }
  if (typeof result !== "object" || result === null || !(made === undefined ? result instanceof Promise : isPromise(result))) {
    callSlots[CallSlot.promise] = 0;
    if (typeof result === "object" && result !== null) noteGenerator(fn, result);
    return result;
  }
  const promise = result as Promise<unknown>;
  if (environment.debug) recordCallers(promise);
  const watched = environment.watch(promise, made);
  callSlots[CallSlot.promise] = made === undefined ? watched : made.follow(promise, watched);
  return undefined;
}

function callInContext(fn: Fn, self: unknown, args: unknown[], snapshot: JsId, context: Ref): unknown {
  const run = (): unknown => callInScope(fn, self, args, context);
  if (snapshot !== 0) return (environment.values.get(snapshot) as Snapshot).run(run);
  return environment.asyncContext ? getRuntime().asyncContext.root(run) : run();
}

function callInScope(fn: Fn, self: unknown, args: unknown[], context: Ref): unknown {
  const { asyncContext } = getRuntime();
  const shared = context === environment.empty;
  const inherited = environment.scopes ? given(asyncContext.getTaskLocals()) : undefined;
  const { call } = environment;
  // An empty context over no locals, or over locals without a context, needs no scope: what is found without one is the same.
  if (shared && (inherited === undefined || inherited._contextRef === 0)) {
    if (call === undefined) return callInFrame(fn, self, args, inherited);
    return asyncContext.scope(withCall(inherited, call), () => callInFrame(fn, self, args, inherited));
  }
  noteScopes(environment);
  // A loop that is not ours can only be running when ours is not.
  const loop = environment.hosting ? undefined : untracked(runningLoop);
  const locals = new CallLocals(context, shared, loop, defaultLoop, call);
  return asyncContext.scope(locals as unknown as TaskLocals, () => callInFrame(fn, self, args, locals));
}

/** While `fn` itself runs, the caller's Python context is current: what it calls goes in directly. Its continuations use the captured copy. */
function callInFrame(fn: Fn, self: unknown, args: unknown[], locals: Locals | undefined): unknown {
  const { frame, frameStore } = environment;
  environment.frame = locals;
  environment.frameStore = environment.asyncContext ? getRuntime().asyncContext.getStore?.() : undefined;
  try {
    return invoke(fn, self, args);
  } finally {
    environment.frame = frame;
    environment.frameStore = frameStore;
  }
}

/** Fill the call slots for the entry that follows: see `prepare` in environment.ts. */
export function prepareEntry(use: Use = "call"): Origin | undefined {
  // First, because it may enter Python itself.
  const context = contextForEntry(use);
  const snapshot = environment.asyncContext ? getRuntime().asyncContext.snapshot() : undefined;
  if (snapshot !== undefined) callSlots[CallSlot.snapshot] = environment.values.keepApart(snapshot);
  if (context !== 0) callSlots[CallSlot.context] = context;
  return snapshot;
}

/** The async context of the caller, for the awaitable that its call has just returned. */
export function origin(): Origin | undefined {
  const { asyncContext } = getRuntime();
  if (environment.asyncContext) return environment.carried ?? asyncContext.snapshot();
  const locals = asyncContext.getTaskLocals();
  // Without locals as well: an await inside of a scope does not bring in what was called outside.
  return { run: (fn) => asyncContext.scope(locals as TaskLocals, fn) };
}

/** The Ref of the shared empty context, once Python runs. */
export function learnEmptyContext(): void {
  environment.empty = binding.emptyContext();
}
