/** One call of a JS function by Python: what tells it that Python has cancelled. */
import type { JsId } from "../binding.ts";
import { binding, environment } from "../environment/environment.ts";
import type { Cancellable, Observer } from "../environment/context.ts";
import { abortError, cancelledByPython, isCancellation } from "../errors/cancellation.ts";
import { cancelledError } from "../errors/exceptions.ts";
import { isInterloopError } from "../errors.ts";
import { sharedState, getRuntime } from "../runtime/runtime.ts";
import { noteSignals } from "../runtime/scope.ts";
import { given, withCall } from "../runtime/task-locals.ts";
import { isPromise } from "../realms.ts";

/**
 * Its signal is made when it is asked for, and only then does the addon look out for a cancellation.
 *
 * Whatever was started during the call keeps it, by way of the async context that rides in a Python context. What listens to the signal often holds Python objects in turn, a Task to be cancelled for one,
 * and neither collector can break such a cycle: so a call that is over holds its signal weakly, and of the reason no more than the words.
 */
export class PythonCall implements Observer {
  /** Leaves the async context that was entered for the first call that asked; see {@link currentCall}. */
  leave: (() => void) | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #promise: Promise<unknown> | undefined = undefined;
  #id: JsId = 0;
  #over = false;
  #last: WeakRef<AbortSignal> | undefined = undefined;
  #reason: Error | string | undefined = undefined;

  get id(): JsId {
    return this.#id;
  }

  get signal(): AbortSignal {
    if (this.#over) return this.#signalOfOld();
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#promise !== undefined && this.#watch() !== 0) binding.observe(this.#id);
    }
    return this.#controller.signal;
  }

  /** Python follows what the call returned under `id`, which is negated when the addon is to look out at once. Whoever follows it says when it has ended. */
  follow(promise: Promise<unknown>, id: JsId): JsId {
    this.#promise = promise;
    this.#id = id;
    return this.#controller === undefined ? id : -this.#watch();
  }

  /** Python waits no longer: `why` is the text of its CancelledError, null when it has none, or an error. */
  abort(why: unknown): void {
    const controller = this.#controller;
    const promise = this.#promise;
    if (controller === undefined || promise === undefined) return;
    this.#promise = undefined;
    const reason = reasonFor(why);
    this.#reason = isInterloopError(reason) ? reason : reason.message;
    // Nobody waits for the outcome any more. That the function gave up, as it was told to, is no news; another error is, as for any promise that nobody handles.
    void promise.then(undefined, (rejection: unknown) => {
      if (!isCancellation(rejection, reason)) throw rejection;
    });
    controller.abort(reason);
  }

  /** It has returned, and what it promised is settled. */
  end(): void {
    this.#promise = undefined;
    this.#over = true;
    if (this.#controller !== undefined) this.#last = new WeakRef(this.#controller.signal);
    this.#controller = undefined;
  }

  /** The same one for as long as anybody holds it. */
  #signalOfOld(): AbortSignal {
    const known = this.#last?.deref();
    if (known !== undefined) return known;
    const controller = new AbortController();
    if (this.#reason !== undefined) controller.abort(typeof this.#reason === "string" ? abortError(this.#reason) : this.#reason);
    this.#last = new WeakRef(controller.signal);
    return controller.signal;
  }

  #watch(): JsId {
    if (environment.values.find(this.#id) !== this.#promise) return 0;
    const others = environment.observers.get(this.#promise!);
    if (others === undefined) environment.observers.set(this.#promise!, [this]);
    else others.push(this);
    return this.#id;
  }
}

function reasonFor(why: unknown): Error {
  if (isInterloopError(why)) return why;
  const inWords = typeof why === "string" || why === null;
  const text = inWords ? why : (why as Error | undefined)?.message;
  return cancelledByPython(text || UNSAID, () => (inWords ? cancelledError(why) : why));
}

const UNSAID = "Python cancelled the task that waited for this";

/** Run the synchronous part of `fn` as `call`. */
export function within<T>(call: PythonCall, fn: () => T): T {
  const frame = environment.frame.starting(call);
  environment.frame = frame;
  try {
    if (!environment.signals) return fn();
    const { asyncContext } = getRuntime();
    return asyncContext.scope(withCall(given(asyncContext.getTaskLocals()), call), fn);
  } finally {
    environment.frame = frame.pop();
    call.leave?.();
  }
}

/** The call whose synchronous part runs now, directly below Python. */
export function callOfPython(): PythonCall {
  return ((environment.frame.call as PythonCall | undefined) ??= new PythonCall());
}

/** The call or the task that runs here, in its synchronous part or after an await; undefined outside of any. */
export function currentCall(): Cancellable | undefined {
  // Without Python there are tasks only.
  if (environment === undefined) return sharedState().runtime?.asyncContext.getTaskLocals()?._call;
  const first = !environment.signals;
  if (first) noteSignals();
  const { asyncContext } = getRuntime();
  // Whatever runs synchronously below a call of Python's belongs to the innermost one.
  const { frame } = environment;
  if (frame.call !== undefined || frame.depth > 0 || frame.serving) {
    const call = callOfPython();
    if (first) {
      // Until now calls were made without a look at this. The rest of this one is to find it as well.
      const before = asyncContext.getTaskLocals();
      const entered = withCall(given(before), call);
      asyncContext.enter?.(entered);
      call.leave = () => {
        call.leave = undefined;
        // A scope around the call has left it already; what was before belongs to that scope.
        if (asyncContext.getTaskLocals() === entered) asyncContext.enter?.(before);
      };
    }
    return call;
  }
  return asyncContext.getTaskLocals()?._call;
}

/** Promises of calls that were made before anybody asked for a signal, and that are still pending: their continuations cannot be told apart. */
export function pendingPromises(): Promise<unknown>[] {
  return [...environment.values.all()].filter((value) => isPromise(value));
}
