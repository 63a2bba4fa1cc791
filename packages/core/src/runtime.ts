import { CONTRACT } from "./binding.ts";
import type { NativeBinding } from "./binding.ts";
import { environment } from "./bridge/link.ts";
import type { Environment, Locals } from "./bridge/link.ts";
import type { PyObject } from "./bridge/py-object.ts";
import { describe, handleOf } from "./bridge/refs.ts";
import { InterloopError } from "./errors.ts";
import { refuseOtherPools, validatePools } from "./pools.ts";
import type { PoolsOptions } from "./pools.ts";
import { given, withCall, withHandles } from "./task-locals.ts";
import type { TaskLocals } from "./task-locals.ts";

/** A captured async context. */
export interface Snapshot {
  /** Run `fn` in what was captured. */
  run<T>(fn: () => T): T;
}

/** How a runtime carries values along with asynchronous calls. */
export interface AsyncContext {
  /** Run `fn`, and whatever it starts, with these task-locals. */
  scope<T>(locals: TaskLocals, fn: () => T): T;
  /** The task-locals of the nearest scope. */
  getTaskLocals(): TaskLocals | undefined;
  /** Go on with these task-locals, as after `AsyncLocalStorage.enterWith`. Without it the first program-wide {@link getCurrentSignal} of a call is good until its first `await`. */
  enter?(locals: TaskLocals | undefined): void;
  /** Capture the async context of the caller; undefined when no AsyncLocalStorage of the program is in use. The storage behind `scope` does not count. */
  snapshot(): Snapshot | undefined;
  /** Run `fn` in the context of nobody. */
  root<T>(fn: () => T): T;
  /** Call `notify` once an AsyncLocalStorage of the program is in use; at once when one is, or when the runtime cannot tell. */
  onUse(notify: () => void): void;
}

/** A JS function to be run on a worker, as {@link spawnBlocking} hands it to the runtime. */
export interface WorkerJob {
  /** The URL of the module that exports it; undefined for a function that is its own text. */
  readonly module: string | undefined;
  /** The name of the export, or the text of the function. */
  readonly code: string;
  readonly args: readonly unknown[];
  readonly transfer: readonly object[];
  /** A Python context lent to the job, by number; 0 is none. */
  readonly context: number;
  /** Aborts when the job is to stop. */
  readonly signal: AbortSignal;
  /** How many jobs may run at once, as many as the runtime thinks right unless given, and how many may wait: good for all jobs, from the first one on. */
  readonly pool: { readonly size?: number | undefined; readonly queue: number };
  /** What the worker's own interloop is initialised with. */
  readonly options: InitOptions;
}

/** What a runtime can do, for tests and for those who must know. */
export interface Capabilities {
  /** Run both collectors' JS half now. Undefined where the runtime does not offer it. */
  readonly collectGarbage?: () => void;
}

/** How a runtime loads JS modules for Python's `import`. */
export interface ModuleLoader {
  /** The URL of a module: a package's name, a path, or a URL, as seen from a folder. Undefined when there is none. */
  resolve(specifier: string, folder: string): string | undefined;
  /** Load a module at once. @throws InterloopError `import-async` for one that can only be awaited. */
  require(url: string): object;
  /** Load a module. */
  import(url: string): Promise<object>;
  /** What the source says of its exports, by name; "" is the module itself. */
  docs(url: string): Readonly<Record<string, string>>;
}

/** How a runtime gives its main thread to Python: the program's entry is evaluated once more, in a worker, and JS goes on there. */
export interface Handoff {
  /** Where this JS environment stands: on the process's main thread, in the worker that `start` made, or in any other worker. */
  readonly role: "main" | "worker" | "other";
  /** Whether a module is the program's entry. @throws InterloopError `main-entry` when that entry cannot be evaluated a second time. */
  isEntry(meta: { readonly url: string }): boolean;
  /** Start the worker that evaluates the entry again. It must run while the main thread is blocked. */
  start(url: string): void;
  /** Show an error that nobody caught, as the runtime shows it. */
  report(error: unknown, fromPromise: boolean): void;
  /** The status that the program has set for its end, or 0. */
  exitStatus(): number;
  /** End this thread; on the main thread, the process. */
  exit(status: number): never;
  /** End the process by a signal, as a shell expects of a program that was interrupted. Main thread only. */
  die(signal: number): never;
}

/**
 * What an adapter provides: everything that core needs and JS itself does not have. Mirrors `pyo3_async_runtimes::generic::{Runtime, ContextExt}`.
 */
export interface Runtime {
  /** The runtime's name, as in `@interloop/<name>`. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** The URLs of the files that the runtime is made of. Stacks leave their calls out, as they leave out ours: what core calls through the runtime would stand between the calls of the program. */
  readonly files?: readonly string[];
  /** Bits of `Quirk` (`@interloop/core/binding`): what the addon must allow for. None unless given. */
  readonly quirks?: number;
  readonly asyncContext: AsyncContext;
  /** Without it Python cannot import JS modules. */
  readonly modules?: ModuleLoader;
  /** Without it there is no placement `main`. */
  readonly handoff?: Handoff;
  /** Load the addon. Called once. */
  loadBinding(): NativeBinding;
  /** Call `task` soon, in the order of the calls, and never before this returns: how the tasks of {@link spawn} begin. Mirrors `generic::Runtime::spawn`. */
  spawn(task: () => void): void;
  /** Call `callback` in a macrotask, after I/O had its turn. The process stays alive until then. */
  hop(callback: () => void): void;
  /** Call `callback` after so many milliseconds, and keep the process alive until then. Returns what cancels it. */
  timer(milliseconds: number, callback: () => void): () => void;
  /** Run a JS function on a worker of the runtime. Without it {@link spawnBlocking} runs Python functions only. */
  runJob?(job: WorkerJob): Promise<unknown>;
  /** Call `callback` when the process (or the worker) ends; it must be synchronous. */
  onExit(callback: () => void): void;
  /** Call `refuse` with each ArrayBuffer that the program is about to transfer; when it throws, nothing is transferred. Called once, when Python first takes the memory of an ArrayBuffer. Only for runtimes whose memory the addon cannot hold on to after a transfer. */
  guardTransfers?(refuse: (buffer: unknown) => void): void;
  /** Takes the report of what is still held when the program ends. When it is there, core records where each handle, and each value kept for Python, is made; that is far from free, so adapters have it only when the program was started with `INTERLOOP_LEAKS=1`. */
  readonly reportLeaks?: ((report: string) => void) | undefined;
}

/** Options of {@link init}. */
export interface InitOptions {
  /** The Python executable. Unless given: `INTERLOOP_PYTHON`, the active or local virtual environment, `python3` on the PATH. */
  readonly python?: string;
  /** Where Python's event loop runs: on the JS thread as a guest of the JS loop (`"guest"`, the default), or on a Python thread of its own (`"thread"`), where Python may compute or block. */
  readonly placement?: Placement;
  /**
   * What makes the loop, on a thread of its own: `"asyncio"`, `"uvloop"`, another name of a module that has `new_event_loop` or of a class (`"package.module:Loop"`), or the handle of a class or function. It means placement
   * `"thread"`, whose default is `"asyncio"`.
   */
  readonly loop?: string | PyObject;
  /** How many jobs {@link spawnBlocking} runs at once, and how many may wait. */
  readonly pools?: PoolsOptions;
}

/** Where Python's event loop runs. */
export type Placement = "guest" | "thread";

/** The placement that was chosen. */
export function placement(): Placement {
  const options = carrier().options;
  return options?.placement ?? (options?.loop === undefined ? "guest" : "thread");
}

interface Carrier {
  runtime: Runtime | undefined;
  options: InitOptions | undefined;
  environment: Environment | undefined;
  /** The async context may carry a task or a call of Python's, which whoever enters a context has to look for. */
  signals: boolean;
  main: MainLink | undefined;
}

/** What the worker of placement `main` knows of the main thread. */
export interface MainLink {
  /** The function of `main()` was called. */
  began: boolean;
  /** The Python object that runs there. */
  readonly target: object;
}

// One per JS environment (each worker has its own), and one per version of the contract: all copies of this package that speak it share it.
const CARRIER_NAME = "interloop.carrier.";
const CARRIER = Symbol.for(`${CARRIER_NAME}${CONTRACT}`);

/** What all copies of this package in this JS environment share. */
export function carrier(): Carrier {
  const global = globalThis as { [CARRIER]?: Carrier };
  return (global[CARRIER] ??= { runtime: undefined, options: undefined, environment: undefined, main: undefined, signals: false });
}

/**
 * Install a runtime, if none is installed: the first one wins. Adapters do this when they are imported; a program needs it for a runtime that has no adapter.
 *
 * @returns The runtime that is installed.
 * @throws InterloopError `bad-argument` when something that the contract asks for is missing.
 * @example
 * ```ts
 * import { defineRuntime, getRuntime } from "@interloop/node";
 *
 * const mine = defineRuntime({ ...getRuntime(), name: "mine" });
 * console.log(mine.name); // node: the adapter was here first
 * ```
 */
export function defineRuntime(runtime: Runtime): Runtime {
  for (const name of ["loadBinding", "spawn", "hop", "timer", "onExit"] as const) {
    if (typeof runtime?.[name] !== "function") throw new InterloopError("bad-argument", `A runtime needs a function "${name}"`);
  }
  for (const name of ["scope", "getTaskLocals", "snapshot", "root", "onUse"] as const) {
    if (typeof runtime.asyncContext?.[name] !== "function") throw new InterloopError("bad-argument", `A runtime needs a function "asyncContext.${name}"`);
  }
  const { files = [] } = runtime;
  if (!Array.isArray(files) || files.some((url) => typeof url !== "string")) {
    throw new InterloopError("bad-argument", 'The "files" of a runtime are an array of URLs, as text');
  }
  return (carrier().runtime ??= runtime);
}

/**
 * The installed runtime. Mirrors `tokio::get_runtime`.
 *
 * @throws InterloopError `no-adapter` when none is installed.
 * @example
 * ```ts
 * import { getRuntime } from "@interloop/node";
 *
 * console.log(getRuntime().name); // node
 * ```
 */
export function getRuntime(): Runtime {
  installed ??= carrier().runtime;
  if (installed !== undefined) return installed;
  const other = otherContract();
  throw new InterloopError(
    "no-adapter",
    other === undefined
      ? `No runtime is installed; add ${adapterName()} and import it before anything else, or call defineRuntime()`
      : `The installed runtime speaks contract ${other} of interloop, but this copy of "@interloop/core" speaks contract ${CONTRACT}; install the same version of all @interloop packages`,
  );
}

/** The adapter for where this runs, by the one name of itself that every runtime gives; all of them when it is none of these. */
function adapterName(): string {
  const { navigator } = globalThis as { navigator?: { readonly userAgent?: string } };
  const name = /^(Node|Deno|Bun)\b/.exec(navigator?.userAgent ?? "")?.[1]?.toLowerCase();
  return name === undefined ? '"@interloop/node", "@interloop/deno" or "@interloop/bun"' : `"@interloop/${name}"`;
}

/** The version of another contract, when a copy of this package that speaks it has a runtime. */
function otherContract(): string | undefined {
  const carriers = globalThis as unknown as Record<symbol, Carrier>;
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    const name = Symbol.keyFor(symbol);
    if (symbol !== CARRIER && name?.startsWith(CARRIER_NAME) === true && carriers[symbol]?.runtime !== undefined) return name.slice(CARRIER_NAME.length);
  }
  return undefined;
}

// The first one stays, so it need not be looked up again.
let installed: Runtime | undefined;

/**
 * Choose how Python is found and run, before it is first used. Nothing starts yet: that happens on first use. The same choice can be made again; Python may run already when only the placement is chosen, but not the loop.
 * Mirrors `pyo3_async_runtimes::tokio::init`.
 *
 * @throws InterloopError `already-initialized` after another choice, or once Python runs with another one; `bad-argument` for unknown options or values. What makes no loop is `bad-argument` when the loop is first needed.
 * @example
 * ```ts
 * import { init, python } from "@interloop/node";
 *
 * init({ placement: "guest" });
 * console.log(python.import("sys").version_info.major); // 3
 * ```
 */
export function init(options: InitOptions = {}): void {
  const chosen = validated(options);
  const shared = carrier();
  const before = shared.options ?? (shared.environment?.info === undefined ? undefined : {});
  if (before === undefined) {
    shared.options = chosen;
    return;
  }
  const executable = shared.environment?.info?.executable;
  refuseOtherPools(chosen.pools, before.pools);
  if (chosen.python !== undefined && chosen.python !== before.python && chosen.python !== executable) {
    const now = executable ?? before.python ?? "the one found by itself";
    throw new InterloopError(
      "already-initialized",
      `interloop is already initialized with the Python "${now}"; call init() once, before anything else, not again with "${chosen.python}"`,
    );
  }
  // Python runs, but there is no loop yet.
  if (shared.options === undefined && shared.environment?.loop === undefined) shared.options = chosen;
  else if (!samePlacement(chosen, before)) {
    throw new InterloopError("already-initialized", "interloop is already initialized with another placement or loop; call init() once, before anything else");
  }
}

function samePlacement(chosen: InitOptions, before: InitOptions): boolean {
  const { placement = chosen.loop === undefined ? undefined : "thread", loop } = chosen;
  const now = before.placement ?? (before.loop === undefined ? "guest" : "thread");
  return (placement === undefined || placement === now) && (loop === undefined || loop === (before.loop ?? (now === "thread" ? "asyncio" : undefined)));
}

const OPTIONS: ReadonlySet<string> = new Set(["python", "placement", "loop", "pools"]);

function validated(options: InitOptions): InitOptions {
  if (typeof options !== "object" || options === null) throw new InterloopError("bad-argument", "init takes an object of options");
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name)) throw new InterloopError("bad-argument", `init has no option "${name}"; it has ${[...OPTIONS].join(", ")}`);
  }
  const { python, placement, loop } = options;
  if (python !== undefined && (typeof python !== "string" || python === "")) {
    throw new InterloopError("bad-argument", 'The option "python" must be the path or the name of a Python executable');
  }
  if (placement !== undefined && placement !== "guest" && placement !== "thread")
    throw new InterloopError("bad-argument", `The option "placement" must be "guest" or "thread", not "${String(placement)}"`);
  if (loop !== undefined && (typeof loop === "string" ? loop === "" : handleOf(loop) === undefined))
    throw new InterloopError("bad-argument", `The option "loop" must be a name or the handle of what makes a loop, not ${describe(loop)}`);
  if (loop !== undefined && placement === "guest")
    throw new InterloopError("bad-argument", 'The option "loop" needs the placement "thread": a guest is always an interloop.GuestLoop');
  validatePools(options.pools);
  return options;
}

/**
 * Run `fn` with `locals` as its task-locals, and everything that it starts or continues later. Python called in there runs in the context of the locals, and
 * {@link intoPromise} and {@link promiseIntoPy} use their loop. Mirrors `pyo3_async_runtimes::tokio::scope`.
 *
 * @example
 * ```ts
 * import { getCurrentLocals, getCurrentLoop, scope, TaskLocals } from "@interloop/node";
 *
 * const locals = new TaskLocals(getCurrentLoop());
 * await scope(locals, async () => {
 *   await null;
 *   console.log(getCurrentLocals() === locals); // true
 * });
 * ```
 */
export function scope<T>(locals: TaskLocals, fn: () => T): T {
  const shared = carrier().environment;
  if (shared !== undefined) noteScopes(shared);
  const { asyncContext } = getRuntime();
  const call = carrier().signals ? asyncContext.getTaskLocals()?._call : undefined;
  const handles = shared?.made === undefined ? undefined : asyncContext.getTaskLocals()?._handles;
  const carrying = call === undefined ? locals : withCall(locals, call);
  return asyncContext.scope(handles === undefined ? carrying : withHandles(carrying, handles), fn);
}

/** From now on an entry into Python has to look for task-locals. */
export function noteScopes(shared: Environment): void {
  if (shared.scopes) return;
  shared.scopes = true;
  for (const listen of shared.listeners) listen();
}

/** From now on the async context carries who can be told to stop. */
export function noteSignals(): void {
  const shared = carrier();
  shared.signals = true;
  if (shared.environment !== undefined) shared.environment.signals = true;
}

/** The task-locals of the nearest scope, without a look at Python. */
export function localsOfScope(): Locals | undefined {
  return environment?.scopes === true ? given(getRuntime().asyncContext.getTaskLocals()) : undefined;
}
