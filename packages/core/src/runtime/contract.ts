/** What core and a runtime owe each other: types only. */
import type { NativeBinding } from "../binding.ts";
import type { PyObject } from "../environment/py-object.ts";
import type { StoreContext } from "../environment/context.ts";
import type { PoolsOptions } from "./pools.ts";
import type { TaskLocals } from "./task-locals.ts";

/** A captured async context. */
export interface Snapshot {
  /** Run `fn` in what was captured. */
  run<T>(fn: () => T): T;
  /** What {@link AsyncContext.getStore} answers in there. */
  readonly store?: StoreContext | undefined;
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
  /**
   * Call `make` whenever the program enters a store of an AsyncLocalStorage (`run`, `enterWith`), in the context around it, and carry what it returns from there on. Called once, when the runtime is installed. A runtime that
   * has this and {@link AsyncContext.getStore} gives each store a Python context of its own.
   */
  onEnter?(make: () => StoreContext): void;
  /** What is carried here; undefined outside of any store that was entered since. */
  getStore?(): StoreContext | undefined;
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

/** What the addon can do to the process, for a {@link ProcessSharing}. */
export interface ProcessTools {
  /** Let reads and writes of a descriptor wait, or not. */
  setBlocking(descriptor: number, blocking: boolean): void;
  /** JS listens to a signal now (where that changes nothing in the system), or no longer: Python may get it back. `stale`: without listeners the runtime's handler does not do what the system would. */
  signalChanged(signal: number, listens: boolean, stale: boolean): void;
  /** Set a variable of C's environment; undefined removes it. */
  setVariable(name: string, value: string | undefined): void;
  /** C's environment ("NAME=value" each), when it has changed since this was asked. */
  variables(): string[] | undefined;
}

/** How a runtime shares with Python what belongs to the process: the standard streams, signals, variables, the working folder, the time zone. */
export interface ProcessSharing {
  /** Python runs, and this JS environment has joined it. Called once in each environment. */
  start(tools: ProcessTools): void;
  /** Python is about to take a signal: see to it that the runtime does not put a handler there, or take one away, later on. */
  takeSignal?(signal: number): void;
  /** Python has changed the working folder to this one. */
  folderChanged?(folder: string): void;
  /** Python has taken up the time zone that the variable `TZ` names now. */
  zoneChanged?(): void;
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

/** What is known of where the addon's parts are, for {@link Runtime.loadBinding}. */
export interface LoadOptions {
  /** The option of {@link init}. */
  readonly packagePath?: string | undefined;
  /** The file of the addon, when another thread of the process has loaded it already. */
  readonly file?: string | undefined;
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
  /** An object of the runtime's own that is one and the same in all realms (vm contexts) of a thread: copies of interloop in several realms find each other by it. Without it the second one throws. */
  readonly anchor?: object;
  /** Without it Python cannot import JS modules. */
  readonly modules?: ModuleLoader;
  /** Without it the two languages may not see what the other changes in the process. */
  readonly process?: ProcessSharing;
  /** Without it there is no placement `main`. */
  readonly handoff?: Handoff;
  /** Load the addon. Called once. */
  loadBinding(options?: LoadOptions): NativeBinding;
  /** Call `task` soon, in the order of the calls, and never before this returns: how the tasks of {@link spawn} begin. Mirrors `generic::Runtime::spawn`. */
  spawn(task: () => void): void;
  /** Call `callback` in a macrotask, after I/O had its turn. The process stays alive until then. */
  runMacrotask(callback: () => void): void;
  /** Call `callback` after so many milliseconds, and keep the process alive until then. Returns what cancels it. */
  timer(milliseconds: number, callback: () => void): () => void;
  /** Run a JS function on a worker of the runtime. Without it {@link spawnBlocking} runs Python functions only. */
  runJob?(job: WorkerJob): Promise<unknown>;
  /** Call `callback` when the process (or the worker) ends; it must be synchronous. It is told `false` when the process goes on after the end of its main program, as in a runtime that starts the program again by itself. */
  onExit(callback: (processEnds?: boolean) => void): void;
  /** Takes the report of what is still held when the program ends. When it is there, core records where each handle, and each value kept for Python, is made; that is far from free, so adapters have it only when the program was started with `INTERLOOP_LEAKS=1`. */
  readonly reportLeaks?: ((report: string) => void) | undefined;
}

/** Options of {@link init}. */
export interface InitOptions {
  /** The Python executable. Unless given: `INTERLOOP_PYTHON`, the active or local virtual environment, `python3` on the PATH. */
  readonly python?: string;
  /** The folder of the Python package that interloop itself is half made of (`python` in `@interloop/native`). Unless given: `INTERLOOP_PACKAGE_PATH`, or the one beside the addon. A bundle may need it, or a program that is one file. */
  readonly packagePath?: string;
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
