/**
 * The typed face of the native addon: the whole contract between core and `native/`.
 *
 * Values cross by themselves: `undefined` and `null` become `None`, booleans, numbers, bigints and strings are copied, and so is plain data of JS. For everything else the two sides
 * exchange numbers: a `Ref` names a Python object held for JS, a `JsId` names a JS value held for Python. Each side keeps its own table, so a
 * stale or forged number is an error, never a dangling pointer.
 */

/** The version of this contract; the shared state and the addon are keyed by it. */
export const CONTRACT = 1;

/** Names a Python object that the addon holds for this JS environment (slot and generation in one safe integer, always positive). 0 names none. */
export type Ref = number;

/** Names a JS value that core holds for Python (always positive). 0 names none. */
export type JsId = number;

/** What {@link Hooks.wrap} is told about a Python object. */
export const Trait = {
  /** The object can be called. */
  callable: 1,
  /** The object is what a Python call returned, and it can be awaited. */
  awaitable: 2,
  /** The object is a coroutine: awaiting it uses it up. */
  coroutine: 4,
  /** The object is a coroutine function: calling it runs none of the program's code yet, so there is nothing for a context to be carried into. */
  coroutineFunction: 8,
  /** The object is a class. */
  class: 16,
  /** The object's type has a method `then` of its own. */
  hasThen: 32,
} as const;

/** Indices into the call slots: a few numbers shared with the addon, cheaper than arguments that are nearly always absent. */
export const CallSlot = {
  /** Set by {@link Hooks.call} and `Operation.watch`: the JsId of the promise that the function returned (already watched), or 0; negated when it is to be observed ({@link NativeBinding.observe}). */
  promise: 0,
  /** Set before an entry: the Python context that this one call runs in, or 0 for the thread's own. The addon takes it and writes 0. */
  context: 1,
  /** Set before an entry: the JsId of the captured JS async context that Python is to carry, or 0 for none. The addon takes it and writes 0; its count passes to the addon. */
  snapshot: 2,
  /** Set by {@link Hooks.operate} and {@link NativeBinding.next}: 1 when the property is absent, the key is unknown or the iterator has ended. */
  missing: 3,
  /** Set by {@link Hooks.identify}: what kind of object it is, where the addon cannot tell; one of {@link Kind}, or 0. */
  kind: 4,
  /** Set by core: 1 while the default loop is in asyncio's debug mode; the addon then asks where calls are made (`Operation.callSite`). */
  debug: 5,
} as const;

/** Kinds of objects that the addon cannot tell apart. */
export const Kind = {
  /** It has a `then` method, so that Python can await it. */
  thenable: 1,
  /** A SharedArrayBuffer: Node-API knows them by their typed arrays only. */
  sharedMemory: 2,
  /** An async function, so that other threads need not wait for its promise. */
  asyncFunction: 3,
  /** An array. */
  array: 4,
  /** A plain object or a Map. */
  mapping: 5,
  /** It has a method `next`, and gives iterators. */
  iterator: 6,
  /** The same, and gives async iterators. */
  asyncIterator: 7,
  /** Memory that goes to Python by reference, as a JsBuffer. */
  buffer: 8,
  /** An iterator that a generator function has returned to Python: nobody else holds it. */
  ownIterator: 9,
  ownAsyncIterator: 10,
  /** Has `[Symbol.asyncIterator]()`, and neither `next()` nor `[Symbol.iterator]()`. */
  asyncIterable: 11,
} as const;

/** How many call slots there are. */
export const CALL_SLOTS = 6;

/** Behind the call slots, in the same memory: the tape for small data (core's `data-writer.ts`). Where it starts and how many numbers there are, in numbers of 8 bytes; and how many codes of one byte come behind them. */
export const TAPE = { start: 8, numbers: 1024, codes: 2048 } as const;

/** Traits of a runtime that the addon must allow for: bits of {@link NativeBinding.attach}'s second argument. */
export const Quirk = {
  /** A call of a threadsafe function from another thread may wake nobody: the addon repeats it until it is answered. */
  losesWakes: 1,
  /** Blocks of a few hundred kB are mapped and unmapped at every use (a socket's receive buffer): the addon raises malloc's threshold. */
  mapsBlocks: 2,
  /** The runtime exports a libuv that works and is its own: uvloop has to use it. */
  hasLibuv: 4,
  /** Handle scopes do nothing: what native code makes lives until the native function returns. */
  lacksScopes: 8,
} as const;

/** What kind of memory a JS buffer has. */
export const Memory = {
  /** An ArrayBuffer's. */
  fixed: 0,
  /** A SharedArrayBuffer's: it cannot be transferred. */
  shared: 1,
  /** A resizable ArrayBuffer's. */
  resizable: 2,
} as const;

/** The memory of a JS buffer: `bytes` are exactly that memory, and belong to `buffer`; `kind` is one of {@link Memory}. */
export type MemoryLook = readonly [bytes: Uint8Array, buffer: ArrayBufferLike, format: string, itemSize: number, kind: number];

export { Operation } from "./operation.ts";

/** What core gives to the addon at {@link NativeBinding.attach}. The addon calls these on the environment's own thread, without the GIL. */
export interface Hooks {
  /**
   * What a JS object, function or symbol is to Python. Positive: the Ref of the Python object whose handle it is. Negative: the negated JsId under which
   * core now keeps it; each call adds one count, given back through {@link Hooks.release}. Throws for a disposed handle.
   * A string or an array: the value is plain data, which core has written down (`data-writer.ts`); unless `reference` says that its identity counts.
   */
  identify(value: object | symbol, reference?: boolean): number | string | readonly unknown[];
  /** Make the handle of a Python object; the Ref's one count passes to core. `traits` is a set of {@link Trait} bits. */
  wrap(ref: Ref, traits: number): unknown;
  /** The JS value kept under `id` (identity on the way back). */
  value(id: JsId): unknown;
  /** Python dropped one count of each of these. */
  release(...ids: JsId[]): void;
  /**
   * Python calls a JS function. `receiver` is the JsId of `this`, or 0; `snapshot` the JsId of the captured async context to restore, or 0 (run in the
   * root context); `context` the Ref of a copy of the caller's Python context ({@link NativeBinding.emptyContext} when it is empty), whose count passes to core.
   * Python's keyword arguments arrive as a trailing object. A returned promise is watched and named in `CallSlot.promise`, and the answer is then ignored.
   */
  call(id: JsId, receiver: JsId, snapshot: JsId, context: Ref, ...args: unknown[]): unknown;
  /**
   * The same for a thread that is not this one; called with an empty JS stack. `loop` is the Ref of the loop that calls, whose count passes to core; 0: the default one, or none. A `number` other than 0 names the
   * call: what the function returns is answered through {@link NativeBinding.answer}. With 0 the thread waits for what this returns, be it a promise.
   */
  serve(number: number, loop: Ref, id: JsId, receiver: JsId, snapshot: JsId, context: Ref, ...args: unknown[]): unknown;
  /** Python uses a JS object; `operation` is one of {@link Operation}. */
  operate(operation: number, id: JsId, a?: unknown, b?: unknown): unknown;
  /** Conversions begun with {@link NativeBinding.startTask} have ended: triples of promise number, 1 (value), 0 (error) or 2 (cancelled as {@link NativeBinding.cancelTask} said, `unseen`), and the value, the error or nothing. */
  settle(...triples: unknown[]): void;
  /** The ready queue of the hosted loop is no longer empty and no pump is scheduled: schedule one (a microtask). Called at most once until the next pump. */
  schedule(): void;
  /** The poller woke this thread: descriptors, timers or other threads have work for the hosted loop. Called from the environment's event loop with an empty JS stack. */
  wake(): void;
  /** Make the JS error for a Python exception; the Ref's count passes to core. `traced`: it is thrown where JS is now. */
  makeError(exception: Ref, type: string, message: string, traced: boolean): unknown;
  /** Make an InterloopError. */
  fail(code: string, message: string): unknown;
  /**
   * What JS threw, in terms for Python. `[ref]`: the Python exception that this JS error stands for. Otherwise
   * `[0, id, name, message, stack, code]`: `id` the JsId that keeps a thrown object (0 for a primitive), `code` the InterloopError's code or `""`.
   * Must not throw, whatever was thrown.
   */
  explain(thrown: unknown): readonly unknown[];
}

/** What is known of the interpreter. */
export interface PythonInfo {
  readonly executable: string;
  readonly library: string;
  readonly version: string;
  readonly prefix: string;
  /** True when this call started the interpreter, false when it joined one that ran already. */
  readonly started: boolean;
}

/** A place where an interpreter was looked for. */
export interface PythonCandidate {
  /** What led there: `INTERLOOP_PYTHON`, `VIRTUAL_ENV`, `.venv`, `python3 on PATH`, ... */
  readonly source: string;
  /** What is there, or "". */
  readonly path: string;
  /** `chosen`, or why not. */
  readonly verdict: string;
}

/** What {@link NativeBinding.discover} found. */
export interface Discovery {
  readonly candidates: readonly PythonCandidate[];
  readonly python?: PythonInfo;
  /** Why there is none. */
  readonly failure?: { readonly code: string; readonly message: string };
}

/** Counts of what lives, for the census. All are zero, or back where they were, when nothing is in use. */
export interface Census {
  /** Python objects held for JS. */
  readonly refs: number;
  /** Conversions of Python awaitables in flight. */
  readonly crossings: number;
  /** JsObject, JsFunction and JsPromise objects alive in Python. */
  readonly jsObjects: number;
  /** Promises that Python may still wait for. */
  readonly watched: number;
  /** Buffers of Python objects exported to JS. */
  readonly buffers: number;
  /** Native Handles alive (callbacks of the guest loop). */
  readonly handles: number;
  /** Decrefs that wait for the next entry. */
  readonly queued: number;
}

/** What {@link NativeBinding.buffer} sees. */
export type BufferLook = readonly [
  /** All of the memory, from the lowest address of an element to the highest; the same one for the same object while it lives. */
  memory: ArrayBuffer,
  /** As in Python's module `struct`. */
  format: string,
  itemSize: number,
  readonly: boolean,
  /** Where in `memory` the first element is. */
  offset: number,
  /** The largest power of two, up to 16, that divides the memory's address. */
  alignment: number,
  shape: readonly number[],
  /** In bytes. */
  strides: readonly number[],
  /** For {@link NativeBinding.endBuffer}; 0 for a copy. */
  look: number,
  /** The runtime allows no memory of others in an ArrayBuffer: `memory` is a copy, which is JS's alone. */
  copied: boolean,
];

/**
 * The addon. Every function that enters Python takes the GIL, runs queued decrefs, and on return lets the hosted loop be pumped. Errors of Python are thrown as what
 * {@link Hooks.makeError} made, misuse as what {@link Hooks.fail} made.
 */
export interface NativeBinding {
  readonly contract: number;
  /** Join this environment to core. The first call; a second one in the same environment throws. `quirks` are bits of {@link Quirk}. Returns the call slots. */
  attach(hooks: Hooks, quirks: number): Float64Array;
  /** Another copy of core uses this environment, which has its call slots: the functions of the addon as that copy is to call them. Its hooks make what it gets; they are held weakly. */
  join(hooks: Hooks): NativeBinding;
  /** Find the interpreter and start it, or join the one of this process. `python` is an executable, `""` to look for one. Throws when another interpreter was chosen before. */
  start(python: string): PythonInfo;
  /** Which interpreter {@link NativeBinding.start} would take, and why. Starts nothing in this process, and needs no {@link NativeBinding.attach}. */
  discover(python: string): Discovery;
  /** What {@link NativeBinding.start} answered, or undefined before it; process-wide. */
  running(): PythonInfo | undefined;
  /** `importlib.import_module(name)`. */
  importModule(name: string): unknown;
  /** The Ref of a shared empty Python context; never released. */
  emptyContext(): Ref;
  /** `callable(*args)`. */
  call(callable: Ref, ...args: unknown[]): unknown;
  /**
   * `callable(*args)` as a callback of the hosted loop, which runs meanwhile. When the call queues one callback, such as the next step of a Task whose future it settled, that is run at once. Where the
   * loop cannot run now, because Python is on the stack, it is a plain call. The callable must be one that needs nobody's context.
   */
  step(callable: Ref, ...args: unknown[]): unknown;
  /**
   * Let a stream of Python make up to `room` more items, while its Task waits for JavaScript. They are answered with as what `collect` returns for them; null: the Task goes on by itself, and delivers them;
   * false: it cannot be done here and now, let the Task go on with `open`.
   */
  stepStream(producer: Ref, room: number, collect: (...items: unknown[]) => unknown[]): unknown[] | null | false;
  /** Feed items to the Task that waits for them at an receiver, and run it. True: it has taken them all, and waits for more. Throws for what cannot be converted, and feeds nothing then. */
  feedStream(receiver: Ref, ...items: unknown[]): boolean;
  /** `callable(*args, **dict(zip(names, values)))`. */
  callWith(callable: Ref, args: readonly unknown[], names: readonly string[], values: readonly unknown[]): unknown;
  getAttr(object: Ref, name: string): unknown;
  /** `setattr(object, name, value)`. With `orItem` it does nothing, and answers false, when items can be put into the object with []: the property may be one. */
  setAttr(object: Ref, name: string, value: unknown, orItem?: boolean): boolean | undefined;
  /** What the object consists of, written down: codes, numbers, and texts as JSON (`data-reader.ts`). Undefined when something is in it that needs Python's code to convert. */
  flatten(object: Ref): readonly [codes: Uint8Array, numbers: Float64Array, texts: string] | undefined;
  /** `delattr(object, name)`; `orItem` as with {@link setAttr}. */
  deleteAttr(object: Ref, name: string, orItem?: boolean): boolean | undefined;
  /** One step of a Python iterator, with `sent` where it takes something. `CallSlot.missing` is 0, or 1 at the end: the answer is then what a generator returned, undefined for None, which no item is. */
  next(iterator: Ref, sent?: unknown): unknown;
  /** A second Ref for the same object. */
  duplicate(ref: Ref): Ref;
  /** Forget a Ref; its decref is queued. No GIL is taken. A stale Ref is ignored. */
  release(ref: Ref): void;
  /** Take a weak reference to the handle of `ref`, for {@link NativeBinding.sweepHandles}. */
  watchHandle(ref: Ref, handle: object): void;
  /** Release the Refs of watched handles that were collected; {@link NativeBinding.drain} lets go of the objects. */
  sweepHandles(): void;
  /** Take the GIL and run the queued decrefs. */
  drain(): void;
  /** The memory of an object with the buffer protocol, without a copy where the runtime allows it. Throws `buffer-unsupported` for memory that JS must not see. */
  buffer(object: Ref): BufferLook;
  /** End one look at a buffer. After the last one the ArrayBuffer is detached and Python has its memory back; false when that could not be done yet. */
  endBuffer(look: number): boolean;
  /** An ArrayBuffer over so many bytes, all 0, which Python can use without a copy where the runtime allows it. */
  share(bytes: number): ArrayBuffer;
  /** Make `loop` (an `interloop.GuestLoop`) the one that this environment hosts. 0: none. */
  hostLoop(loop: Ref): void;
  /** Make `loop`, which runs on another thread, the default one in the place of a hosted loop: 0 then means it. 0: none. */
  useLoop(loop: Ref): void;
  /** The call `number` ({@link Hooks.serve}) has ended: `value` is what the function answered (1) or threw (0). */
  answer(number: number, ok: 0 | 1, value: unknown): void;
  /**
   * Run a coroutine or other awaitable in a Task on `loop` (0: the hosted one), and answer through {@link Hooks.settle} under the number `promise`. The first step is run at once when no loop runs on this
   * thread. `CallSlot.context`, when set, is the context that the Task starts in (a copy of it). With `handOver` the Ref is released by this call, unless it throws.
   * When the first step brought the end, the value is returned or the error thrown, and `settle` is not called; undefined: not yet (no Python value becomes undefined). Throws `no-loop`
   * when `loop` is 0 and none is hosted.
   */
  startTask(awaitable: Ref, promise: number, loop: Ref, handOver: boolean): unknown;
  /** `task.cancel(message)` of the conversion `promise`. False when it has ended. `unseen`: nobody looks at the error when it ends by that, so none need be made. */
  cancelTask(promise: number, message: string, unseen: boolean): boolean;
  /** Tell core through `Operation.cancel` when Python cancels what waits for the watched promise `id`. Costs a callback for each that waits, so it is asked for when somebody wants to know. */
  observe(id: JsId): void;
  /** An `asyncio.Future` of `loop` (0: the hosted one) that follows the watched promise `id`. */
  futureOf(id: JsId, loop: Ref): unknown;
  /**
   * Settle promises that Python waits for (`settled`: triples of JsId, 1 or 0, value or error), then run what is ready on the hosted loop; with `poll`, look at descriptors and timers first.
   * Returns how many callbacks are ready now.
   */
  pump(poll: boolean, settled: readonly unknown[] | undefined): number;
  /** Run Python's handlers of the signals that came. Throws what they raise. */
  runSignals(): void;
  /** JS listens to a signal now, or no longer. `stale`: without listeners the runtime's handler does not do what the system would. */
  signalChanged(signal: number, listens: boolean, stale: boolean): void;
  /** Set a variable of C's environment; undefined removes it. */
  setVariable(name: string, value: string | undefined): void;
  /** C's environment ("NAME=value" each), when it has changed since this was asked. */
  variables(): string[] | undefined;
  /** Let reads and writes of a descriptor wait, or not: `O_NONBLOCK`. */
  setBlocking(descriptor: number, blocking: boolean): void;
  /** Whether what is pending in Python keeps this thread alive. It does until this says otherwise. */
  setReffed(reffed: boolean): void;
  /** From now on calls of JS by other threads raise `finalized`, also those that wait for an answer: JS is about to stand still for good. */
  endCalls(): void;
  /** End what this environment has of Python, and the interpreter, when `processEnds` and this is the process's main thread. Idempotent. Nothing can be called after it. */
  finalize(processEnds: boolean): void;
  /** The process exits with `code`, and this thread, its main one, only waits for workers: for those that are in Python, no more than a second. */
  limitExit(code: number): void;
  census(): Census;
}
