/** What the lower rooms know of a caller's async context: the handles, task-locals, calls and stores that belong to it. */
import type { JsId, Ref } from "../binding.ts";
import type { PyObject } from "./py-object.ts";

/** The state of a handle. */
export interface Handle {
  /** 0 after it was disposed, or handed over. */
  ref: Ref;
  /** Has it `then`? */
  awaitable: boolean;
  /** Awaiting it hands it over to its Task: a coroutine can be awaited once only. */
  readonly coroutine: boolean;
  /** Is it a class? */
  readonly isType: boolean;
  /** The conversion that was started, and its id. */
  promise: Promise<unknown> | undefined;
  conversion: number;
  /** Gives the promise to whoever awaits it as well, when the conversion was begun for somebody who may cancel it. */
  share: (() => Promise<unknown>) | undefined;
  /** Where the call was made: an awaitable runs there, wherever it is awaited. */
  origin: Origin | undefined;
  proxy: PyObject;
}

/** The part of `TaskLocals` that the lower rooms know. */
export interface Locals {
  /** The Ref of the Python context, or 0 for none. */
  readonly _contextRef: Ref;
  /** The event loop's handle; undefined is the environment's default. */
  readonly _loop: PyObject | undefined;
  /** The call of a JS function by Python, or the task, that these locals were found in. */
  readonly _call?: Cancellable | undefined;
  /** What the program gave, where these are a copy that carries a call; null is none. */
  readonly _given?: Locals | null;
  /** The `python.scope` that the code with these locals runs in. */
  readonly _handles?: HandleOwner | undefined;
}

/** What handles are made in. */
export interface HandleOwner {
  add(handle: Handle): void;
  /** Something that may live longer takes the handle over. */
  remove(handle: Handle): void;
}

/** Work that can be told to stop. */
export interface Cancellable {
  readonly signal: AbortSignal;
}

/** Whom Python's cancellation of a promise concerns. */
export interface Observer extends Cancellable {
  /** What the promise is watched under. */
  readonly id: JsId;
  abort(why: unknown): void;
}

/** A call that returned a promise. */
export interface Returning {
  /** Python follows the promise under `id`; negated when the addon is to look out for a cancellation. */
  follow(promise: Promise<unknown>, id: JsId): JsId;
  /** The promise is settled. */
  end(): void;
}

/** What a Python context contains at some moment. */
export interface ContextContents {
  /** A new context that contains it. */
  copy(): PyObject;
  /** The Ref of a context that contains it, to be copied only; 0: the one that this thread never leaves. */
  toCopy(): Ref;
}

/** The Python context of a store of AsyncLocalStorage. */
export interface StoreContext extends ContextContents {
  /** The task-locals of the scope that the store was entered in. */
  readonly locals: Locals | undefined;
  /** Can its context change any more? Not before a plain call runs in it. */
  readonly used: boolean;
  /** What it contains now. */
  contents(): ContextContents;
  /** The context's Ref, for an entry. */
  enter(): Ref;
}

/** Runs something in an async context that was captured before. */
export interface Origin {
  run<T>(fn: () => T): T;
  /** The Python context of the store that it was captured in. */
  readonly store?: StoreContext | undefined;
}
