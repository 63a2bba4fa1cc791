/**
 * What every file of the bridge stands on: the addon of this JS environment, and the state that goes with it.
 *
 * The state is one plain object. It lives in the shared state, so that several copies of this package in one environment work on the same tables; its shape
 * belongs to the contract's version. Module variables cache it, because a call through a handle must not look anything up.
 */
import type { Hooks, JsId, NativeBinding, PythonInfo, Ref } from "../binding.ts";
import type { Conversions } from "./conversions.ts";
import type { JsValues } from "./js-values.ts";
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

/** Records where handles are made. */
export interface HandleRecorder {
  made(proxy: PyObject): PyObject;
  /** The handles that are still held: the type of the Python object, and the functions that were running when the handle was made. */
  list(): Iterable<readonly [what: string, place: { readonly stack: string; readonly python: string }]>;
}

/** Runs something in an async context that was captured before. */
export interface Origin {
  run<T>(fn: () => T): T;
  /** The Python context of the store that it was captured in. */
  readonly store?: StoreContext | undefined;
}

/** The state of one JS environment. */
export interface Environment {
  readonly binding: NativeBinding;
  readonly callSlots: Float64Array;
  readonly values: JsValues;
  readonly conversions: Conversions;
  /** The Ref of the shared empty Python context. */
  empty: Ref;
  /** What start answered, once it has. */
  info: PythonInfo | undefined;
  /** The default loop. */
  loop: PyObject | undefined;
  /** The default loop runs on a Python thread of its own; otherwise this environment hosts it. */
  threaded: boolean;
  /** The guest loop is running on this thread: we are inside a pump or a first step. */
  hosting: boolean;
  /** The locals of the JS function that Python is calling right now: its Python context is current already. */
  frame: Locals | undefined;
  /** The store that it was called in. */
  frameStore: object | undefined;
  /** The call of a JS function by Python whose synchronous part runs, once somebody has asked for it. */
  call: Observer | undefined;
  /** Has anybody asked for the signal of a call yet? */
  signals: boolean;
  /** Who wants to know when Python cancels what waits for these promises. */
  readonly observers: WeakMap<object, Observer[]>;
  /** The synchronous part of a call of another thread runs: Python is not on this thread's stack. */
  serving: boolean;
  /** The calls of other threads that have not been answered and that somebody may want to know of, by number. */
  readonly served: Map<number, Observer>;
  /** The calls of other threads whose promises the addon does not watch yet, and that somebody may want to know of. */
  readonly returned: WeakMap<object, Returning>;
  /** Generators that generator functions have returned to Python. */
  readonly generators: WeakSet<object>;
  /** Iterators that are to be closed when Python drops the last object that stands for them, by id. */
  readonly leaving: Map<JsId, object>;
  /** How many JS functions Python is calling at this moment, one inside the other. */
  depth: number;
  /** Is an AsyncLocalStorage of the program in use? */
  asyncContext: boolean;
  /** What the call of a Python object that runs now carries along, when it could be told: its awaitable result takes it. */
  carried: Origin | undefined;
  /** Has anybody entered a scope yet? */
  scopes: boolean;
  /** Told of each handle that is made, while a `python.scope` runs. */
  onHandleCreated: ((handle: Handle) => void) | undefined;
  /** Handles that are made now are our own: nobody is told of them. */
  untracked: boolean;
  /** Where handles and values kept for Python were made, when the program asked for a report of leaks. */
  readonly leaks: HandleRecorder | undefined;
  /** Is the default loop in asyncio's debug mode? */
  debug: boolean;
  /** In debug mode: where the conversions in flight were made, by id. */
  readonly madeAt: Map<number, Error>;
  /** In debug mode: which Python functions called the JS functions that returned these promises, as lines of a stack. */
  readonly callers: WeakMap<object, string>;
  /** Classes of errors that modules export, with the numbers of the Python classes that stand for them. */
  readonly errorClasses: WeakMap<object, number>;
  hasErrorClasses: boolean;
  /** Each copy of this package is told when one of the two becomes true. Weak, as copies go with their realms. */
  readonly listeners: WeakRef<() => void>[];
  /** Releases the Refs of handles that were collected: shared, since it must outlive the copies whose handles are in it. */
  readonly registry: FinalizationRegistry<Ref>;
  /** Conversions that were settled before their startTask returned: JS ran after the end of their first step. */
  readonly early: { id: number; ok: boolean; value: unknown }[];
  /** Keep a promise, follow it for Python, and return its JsId, whose one count passes to the addon. */
  watch(promise: Promise<unknown>, call?: Returning): number;
  /** Follow `promise` for Python under the id that keeps `value`, which is the promise or the thenable that it was made of. `call` is what returned it, and is told of its end. */
  follow(id: JsId, value: unknown, promise: Promise<unknown>, call?: Returning): void;
  /** The async context of the caller, to be entered later; asked for when not {@link quiet}. */
  origin(): Origin | undefined;
  /** The loop that conversions use here. */
  currentLoop(): PyObject;
  /** What concerns the process: an operation from `Operation.runSignals` on. */
  ofProcess(operation: number, id: number, a: unknown, b: unknown): void;
  /** Run something in a macrotask. */
  runMacrotask(callback: () => void): void;
  /** Run the garbage collector, where the runtime can. */
  collect(): void;
}

export let environment: Environment = undefined as never;
export let binding: NativeBinding = undefined as never;
export let callSlots: Float64Array = undefined as never;

/** True while neither scopes nor an AsyncLocalStorage are in use: then an entry into Python needs no preparation. */
export let quiet = true;

/**
 * Fill the call slots for the entry that follows. Call it when not {@link quiet}, right before the entry. Returns the async context that goes along.
 * `use` says whether the entry may change the context ("call", unless given) or lets a Task copy it, at once or on another thread.
 */
export let prepare: (use?: "call" | "task" | "task elsewhere") => Origin | undefined = () => undefined;

let starter: (() => void) | undefined;

/** What the environment and the addon hold weakly: it lives as long as this copy of the package does. */
const kept: unknown[] = [];

/** Make this copy of the package work on `state`. `own` is the addon as this copy calls it, and `hooks` are what the addon calls in it. */
export function join(state: Environment, own: NativeBinding, hooks: Hooks, prepareEntry: typeof prepare): void {
  environment = state;
  binding = own;
  callSlots = state.callSlots;
  prepare = prepareEntry;
  const listen = (): void => {
    quiet = !state.asyncContext && !state.scopes;
  };
  kept.push(hooks, listen);
  const live = state.listeners.filter((known) => known.deref() !== undefined);
  state.listeners.splice(0, Infinity, ...live, new WeakRef(listen));
  listen();
}

/** Tell each copy that `asyncContext` or `scopes` has changed. */
export function tellListeners(state: Environment): void {
  for (const listen of state.listeners) listen.deref()?.();
}

/** Starts the conversion of an awaitable handle; `loop/start.ts` does. */
export let awaitHandle: (handle: Handle) => Promise<unknown> = () => Promise.reject(new Error("interloop is not loaded"));

/** Say how handles are awaited. */
export function setAwaitHandle(start: typeof awaitHandle): void {
  awaitHandle = start;
}

/** Say how Python is started when it is needed; `loop/start.ts` does. */
export function setStarter(start: () => void): void {
  starter = start;
}

/** The handle of a Python async generator over what JS can iterate over; `streams/` does. */
export let iterateAsync: (source: object, own: boolean, known: boolean) => unknown = () => undefined;

/** Say how JS iterables become async generators. */
export function setIterateAsync(make: (source: object, own: boolean, known: boolean) => unknown): void {
  iterateAsync = make;
}

/** `for await` over the handle of something that Python takes with `async for`; `streams/` does. */
export let streamHandle: (source: PyObject) => object = (source) => source;

/** Say how handles are streamed. */
export function setStreamHandle(make: (source: PyObject) => object): void {
  streamHandle = make;
}

/** Start Python, if nobody has. */
export function ensure(): void {
  if (environment === undefined || environment.info === undefined) starter?.();
}
