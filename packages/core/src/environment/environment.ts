/**
 * What every file of the bridge stands on: the addon of this JS environment, and the state that goes with it.
 *
 * The state is one plain object. It lives in the shared state, so that several copies of this package in one environment work on the same tables; its shape
 * belongs to the contract's version. Module variables cache it, because a call through a handle must not look anything up.
 */
import type { Hooks, JsId, NativeBinding, PythonInfo, Ref } from "../binding.ts";
import type { CallFrame } from "./call-frame.ts";
import type { Handle, Observer, Origin, Returning } from "./context.ts";
import type { Conversions } from "./conversions.ts";
import type { JsValues } from "./js-values.ts";
import type { PyObject } from "./py-object.ts";

/** Records where handles are made. */
export interface HandleRecorder {
  made(proxy: PyObject): PyObject;
  /** The handles that are still held: the type of the Python object, and the functions that were running when the handle was made. */
  list(): Iterable<readonly [what: string, place: { readonly stack: string; readonly python: string }]>;
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
  /** Which calls between the two languages this thread is in. */
  frame: CallFrame;
  /** Has anybody asked for the signal of a call yet? */
  signals: boolean;
  /** Who wants to know when Python cancels what waits for these promises. */
  readonly observers: WeakMap<object, Observer[]>;
  /** The calls of other threads that have not been answered and that somebody may want to know of, by number. */
  readonly served: Map<number, Observer>;
  /** The calls of other threads whose promises the addon does not watch yet, and that somebody may want to know of. */
  readonly returned: WeakMap<object, Returning>;
  /** Generators that generator functions have returned to Python. */
  readonly generators: WeakSet<object>;
  /** Iterators that are to be closed when Python drops the last object that stands for them, by id. */
  readonly leaving: Map<JsId, object>;
  /** Is an AsyncLocalStorage of the program in use? */
  asyncContext: boolean;
  /** Has anybody entered a scope yet? */
  scopes: boolean;
  /** Told of each handle that is made, while a `python.scope` runs. */
  onHandleCreated: ((handle: Handle) => void) | undefined;
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
  /** The async context of the caller, to be entered later; asked for when {@link tracksContext} is true. */
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

/** Are scopes or an AsyncLocalStorage in use? Until then an entry into Python needs no preparation. */
export let tracksContext = false;

/** What the lower rooms ask of higher ones. This copy of the package gives it when it joins the environment. */
export interface HigherRooms {
  prepare: typeof prepare;
  awaitHandle: typeof awaitHandle;
  iterateAsync: typeof iterateAsync;
  streamHandle: typeof streamHandle;
}

let higher: HigherRooms = undefined as never;

/**
 * Fill the call slots for the entry that follows. Call it when {@link tracksContext} is true, right before the entry. Returns the async context that goes along.
 * `use` says whether the entry may change the context ("call", unless given) or lets a Task copy it, at once or on another thread.
 */
export function prepare(use?: "call" | "task" | "task elsewhere"): Origin | undefined {
  return higher.prepare(use);
}

/** Start the conversion of an awaitable handle, unless it was started before. */
export function awaitHandle(handle: Handle): Promise<unknown> {
  return higher.awaitHandle(handle);
}

/** The handle of a Python async generator over what JS can iterate over. */
export function iterateAsync(source: object, own: boolean, known: boolean): unknown {
  return higher.iterateAsync(source, own, known);
}

/** `for await` over the handle of something that Python takes with `async for`. */
export function streamHandle(source: PyObject): object {
  return higher.streamHandle(source);
}

/** What the environment and the addon hold weakly: it lives as long as this copy of the package does. */
const kept: unknown[] = [];

/** Make this copy of the package work on `state`. `own` is the addon as this copy calls it, and `hooks` are what the addon calls in it. */
export function join(state: Environment, own: NativeBinding, hooks: Hooks, rooms: HigherRooms): void {
  environment = state;
  binding = own;
  callSlots = state.callSlots;
  higher = rooms;
  const listen = (): void => {
    tracksContext = state.asyncContext || state.scopes;
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
