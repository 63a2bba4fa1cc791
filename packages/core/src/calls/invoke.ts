/**
 * Python calls a JS function: its receiver, its async context, its task-locals, and what becomes of a promise.
 *
 * There are two ways in. A call on this thread returns a promise at once, and the addon watches it; the answer to another thread is posted when there is one. Everything between is the same.
 */
import { CallSlot } from "../binding.ts";
import type { JsId, Ref } from "../binding.ts";
import { invoke } from "../js-objects/classes.ts";
import { noteGenerator } from "../js-objects/iterators.ts";
import { untracked } from "../environment/finalization.ts";
import { binding, environment, tracksContext, callSlots } from "../environment/environment.ts";
import type { Locals, Origin } from "../environment/context.ts";
import type { PyObject } from "../environment/py-object.ts";
import { recordCallers } from "../errors/crossing-origins.ts";
import { wrap } from "../handles/handle.ts";
import { contextForEntry } from "../runtime/entered-stores.ts";
import type { Use } from "../runtime/entered-stores.ts";
import { InterloopError } from "../errors.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { noteScopes } from "../runtime/scope.ts";
import type { Snapshot } from "../runtime/contract.ts";
import { CallLocals, given, withCall } from "../runtime/task-locals.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { PythonCall } from "./python-call.ts";
import { runningLoop } from "../loop/loop-ref.ts";
import { defaultLoop } from "../loop/hosted.ts";
import { isPromise } from "../realms.ts";

type Fn = (...args: unknown[]) => unknown;

/** `Hooks.call`: a call on this thread. */
export function call(id: JsId, receiver: JsId, snapshot: JsId, context: Ref, ...args: unknown[]): unknown {
  const { values } = environment;
  const fn = values.find(id) as Fn;
  callSlots[CallSlot.promise] = 0;
  if (typeof fn !== "function") throw new InterloopError("not-callable", "This JS object is not a function");
  const frame = environment.frame.calling();
  environment.frame = frame;
  // Made when somebody asks for it, or for each call once somebody has.
  if (environment.signals) frame.call = new PythonCall();
  let made: PythonCall | undefined;
  let result: unknown;
  try {
    if (!tracksContext && snapshot === 0 && context === environment.empty && frame.call === undefined) {
      result = invoke(fn, receiver === 0 ? undefined : values.find(receiver), args);
    } else result = invokeInContext(fn, receiver, args, snapshot, context, undefined);
  } finally {
    made = frame.call as PythonCall | undefined;
    environment.frame = frame.pop();
    if (made !== undefined) endSynchronousPart(made, result);
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

function endSynchronousPart(made: PythonCall, result: unknown): void {
  made.leave?.();
  if (!isPromise(result)) made.end();
}

/** `Hooks.serve`: a call from another thread. */
export function serve(number: number, loop: Ref, id: JsId, receiver: JsId, snapshot: JsId, context: Ref, ...args: unknown[]): unknown {
  const fn = functionOf(id);
  const caller = loop === 0 ? undefined : wrap(loop, 0);
  const frame = environment.frame.served();
  environment.frame = frame;
  if (environment.signals) frame.call = new PythonCall();
  let result: unknown;
  let made: PythonCall | undefined;
  try {
    result = invokeInContext(fn, receiver, args, snapshot, context, { loop: caller });
  } finally {
    made = frame.call as PythonCall | undefined;
    environment.frame = frame.pop();
    if (made !== undefined) endSynchronousPart(made, result);
  }
  const promises = isPromise(result);
  if (typeof result === "object" && result !== null) noteGenerator(fn, result);
  if (number === 0) {
    callSlots[CallSlot.promise] = promises ? 1 : 0;
    if (promises) expectWatch(result as Promise<unknown>, made);
    return result;
  }
  if (promises) answerLater(number, result as Promise<unknown>, made);
  else binding.answer(number, 1, result);
  return undefined;
}

function functionOf(id: JsId): Fn {
  const fn = environment.values.find(id);
  if (typeof fn !== "function") throw new InterloopError("not-callable", "This JS object is not a function");
  return fn as Fn;
}

/** The addon watches what the function returned in a moment, when Python has it; until then a rejection is not one that nobody handles. */
function expectWatch(promise: Promise<unknown>, made: PythonCall | undefined): void {
  promise.then(undefined, () => undefined);
  if (made !== undefined) environment.returned.set(promise, made);
}

function answerLater(number: number, promise: Promise<unknown>, made: PythonCall | undefined): void {
  // Kept meanwhile, as what Python waits for on this thread is.
  const id = environment.values.keepApart(promise);
  if (made !== undefined) {
    made.follow(promise, 0);
    environment.served.set(number, made);
  }
  const answer = (ok: 0 | 1, value: unknown): void => {
    environment.values.release(id);
    if (made !== undefined) {
      environment.served.delete(number);
      made.end();
    }
    binding.answer(number, ok, value);
  };
  promise.then(
    (value) => answer(1, value),
    (error: unknown) => answer(0, error),
  );
}

/** The other thread that calls, and its loop when it is not the default one. */
interface RemoteCaller {
  readonly loop: PyObject | undefined;
}

function invokeInContext(fn: Fn, receiver: JsId, args: unknown[], snapshot: JsId, context: Ref, remote: RemoteCaller | undefined): unknown {
  const { values } = environment;
  const self = receiver === 0 ? undefined : values.find(receiver);
  const run = (): unknown => (remote === undefined ? invokeHere(fn, self, args, context) : invokeInScope(fn, self, args, context, undefined, remote.loop));
  if (snapshot !== 0) return (values.get(snapshot) as Snapshot).run(run);
  // A call from another thread has nothing to do with the scope that happens to be on this one.
  const leaves = environment.asyncContext || (remote !== undefined && environment.scopes);
  return leaves ? getRuntime().asyncContext.root(run) : run();
}

/** A call on this thread is in the scope that called Python. */
function invokeHere(fn: Fn, self: unknown, args: unknown[], context: Ref): unknown {
  const inherited = environment.scopes ? given(getRuntime().asyncContext.getTaskLocals()) : undefined;
  // An empty context over no locals, or over locals without a context, needs no scope: what is found without one is the same.
  if (context === environment.empty && (inherited === undefined || inherited._contextRef === 0)) return invokeWithCall(fn, self, args, inherited);
  // A loop that is not ours can only be running when ours is not.
  const loop = environment.frame.hosting ? undefined : untracked(runningLoop);
  return invokeInScope(fn, self, args, context, inherited, loop);
}

function invokeInScope(fn: Fn, self: unknown, args: unknown[], context: Ref, inherited: Locals | undefined, loop: PyObject | undefined): unknown {
  const shared = context === environment.empty;
  if (shared && loop === undefined && inherited === undefined) return invokeWithCall(fn, self, args, undefined);
  noteScopes(environment);
  const locals = new CallLocals(context, shared, loop, defaultLoop, environment.frame.call);
  return getRuntime().asyncContext.scope(locals as unknown as TaskLocals, () => invokeInFrame(fn, self, args, locals));
}

/** Without locals of its own; the async context still carries the call, when there is one. */
function invokeWithCall(fn: Fn, self: unknown, args: unknown[], inherited: Locals | undefined): unknown {
  const { call: made } = environment.frame;
  if (made === undefined) return invokeInFrame(fn, self, args, inherited);
  return getRuntime().asyncContext.scope(withCall(inherited, made), () => invokeInFrame(fn, self, args, inherited));
}

/** While `fn` itself runs, the caller's Python context is current: what it calls goes in directly. Its continuations use the captured copy. */
function invokeInFrame(fn: Fn, self: unknown, args: unknown[], locals: Locals | undefined): unknown {
  const { frame } = environment;
  // The Python context of another thread is not current on this one.
  if (!frame.serving) {
    frame.enter(locals, environment.asyncContext ? getRuntime().asyncContext.getStore?.() : undefined);
  }
  return invoke(fn, self, args);
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
  if (environment.asyncContext) return environment.frame.carried ?? asyncContext.snapshot();
  const locals = asyncContext.getTaskLocals();
  // Without locals as well: an await inside of a scope does not bring in what was called outside.
  return { run: (fn) => asyncContext.scope(locals as TaskLocals, fn) };
}

/** The Ref of the shared empty context, once Python runs. */
export function learnEmptyContext(): void {
  environment.empty = binding.emptyContext();
}
