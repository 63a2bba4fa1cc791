/** Python calls a JS function from a thread that is not this one. */
import { CallSlot } from "../binding.ts";
import type { JsId, Ref } from "../binding.ts";
import { binding, environment, callSlots } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { noteGenerator } from "../js-objects/iterators.ts";
import { wrap } from "../handles/handle.ts";
import { InterloopError } from "../errors.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { noteScopes } from "../runtime/scope.ts";
import type { Snapshot } from "../runtime/contract.ts";
import { CallLocals, withCall } from "../runtime/task-locals.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { defaultLoop } from "./hosted.ts";
import { PythonCall } from "./python-call.ts";
import { isPromise } from "../realms.ts";

/** `Hooks.serve`. */
export function serve(number: number, loop: Ref, id: JsId, receiver: JsId, snapshot: JsId, context: Ref, ...args: unknown[]): unknown {
  const { values } = environment;
  const fn = values.find(id);
  if (typeof fn !== "function") throw new InterloopError("not-callable", "This JS object is not a function");
  const caller = loop === 0 ? undefined : wrap(loop, 0);
  const call = environment.signals ? new PythonCall() : undefined;
  const outer = environment.call;
  const wasServing = environment.serving;
  environment.call = call;
  environment.serving = true;
  let made: PythonCall | undefined;
  let result: unknown;
  try {
    const self = receiver === 0 ? undefined : values.find(receiver);
    const run = (): unknown => Reflect.apply(fn, self, args);
    result = within(snapshot, () => inScope(caller, context, call, run));
  } finally {
    made = environment.call as PythonCall | undefined;
    environment.call = outer;
    environment.serving = wasServing;
    made?.leave?.();
  }
  const promises = isPromise(result);
  if (made !== undefined && !promises) made.end();
  if (typeof result === "object" && result !== null) noteGenerator(fn, result);
  if (number === 0) {
    callSlots[CallSlot.promise] = promises ? 1 : 0;
    if (promises) awaitWatch(result as Promise<unknown>, made);
    return result;
  }
  if (promises) follow(number, result as Promise<unknown>, made);
  else binding.answer(number, 1, result);
  return undefined;
}

/** The addon watches what the function returned in a moment, when Python has it; until then a rejection is not one that nobody handles. */
function awaitWatch(promise: Promise<unknown>, call: PythonCall | undefined): void {
  promise.then(undefined, () => undefined);
  if (call !== undefined) environment.returned.set(promise, call);
}

function follow(number: number, promise: Promise<unknown>, call: PythonCall | undefined): void {
  // Kept meanwhile, as what Python waits for on this thread is.
  const id = environment.values.keepApart(promise);
  if (call !== undefined) {
    call.follow(promise, 0);
    environment.served.set(number, call);
  }
  const answer = (ok: 0 | 1, value: unknown): void => {
    environment.values.release(id);
    if (call !== undefined) {
      environment.served.delete(number);
      call.end();
    }
    binding.answer(number, ok, value);
  };
  promise.then(
    (value) => answer(1, value),
    (error: unknown) => answer(0, error),
  );
}

function within<T>(snapshot: JsId, fn: () => T): T {
  if (snapshot !== 0) return (environment.values.get(snapshot) as Snapshot).run(fn);
  return environment.asyncContext || environment.scopes ? getRuntime().asyncContext.root(fn) : fn();
}

function inScope(loop: PyObject | undefined, context: Ref, call: PythonCall | undefined, fn: () => unknown): unknown {
  const shared = context === environment.empty;
  const { asyncContext } = getRuntime();
  if (shared && loop === undefined) return call === undefined ? fn() : asyncContext.scope(withCall(undefined, call), fn);
  noteScopes(environment);
  const locals = new CallLocals(context, shared, loop, defaultLoop, call);
  return asyncContext.scope(locals as unknown as TaskLocals, fn);
}
