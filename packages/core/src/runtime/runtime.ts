/** The installed runtime, and the shared state: what all copies of this package in one JS environment share. */
import { CONTRACT } from "../binding.ts";
import type { Environment } from "../environment/environment.ts";
import type { StoreContext } from "../environment/context.ts";
import type { InitOptions, Runtime } from "./contract.ts";
import { ContextOfStore, RootContext } from "./store-context.ts";
import { InterloopError } from "../errors.ts";
import { given } from "./task-locals.ts";

interface SharedState {
  runtime: Runtime | undefined;
  options: InitOptions | undefined;
  environment: Environment | undefined;
  /** The async context may carry a task or a call of Python's, which whoever enters a context has to look for. */
  signals: boolean;
  main: MainLink | undefined;
  /** The Python context outside of any store. */
  readonly rootContext: RootContext;
  /** The program enters a store of an AsyncLocalStorage. */
  enterStore: () => StoreContext;
}

/** What the worker of placement `main` knows of the main thread. */
export interface MainLink {
  /** The function of `main()` was called. */
  began: boolean;
  /** The Python object that runs there. */
  readonly target: object;
}

// One per JS environment (each worker has its own), and one per version of the contract: all copies of this package that speak it share it.
const SHARED_STATE_NAME = "interloop.sharedState.";
const SHARED_STATE = Symbol.for(`${SHARED_STATE_NAME}${CONTRACT}`);

type HasSharedState = { [SHARED_STATE]?: SharedState };

// Kept, as a realm may lose the properties of its globalThis when a test runner has done with it.
let known: SharedState | undefined;

/** What all copies of this package in this JS environment share. */
export function sharedState(): SharedState {
  if (known?.runtime === undefined) known = stateOf(globalThis as HasSharedState);
  return known;
}

function stateOf(global: HasSharedState): SharedState {
  return (global[SHARED_STATE] ??= {
    runtime: undefined,
    options: undefined,
    environment: undefined,
    main: undefined,
    signals: false,
    rootContext: new RootContext(),
    enterStore: enterBeforePython,
  });
}

/** Until Python is joined the contexts are all empty, but what it is asked first may come from within a store. */
function enterBeforePython(): StoreContext {
  const { asyncContext } = sharedState().runtime!;
  return new ContextOfStore((asyncContext.getStore?.() ?? sharedState().rootContext).contents(), given(asyncContext.getTaskLocals()));
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
  for (const name of ["loadBinding", "spawn", "runMacrotask", "timer", "onExit"] as const) {
    if (typeof runtime?.[name] !== "function") throw new InterloopError("bad-argument", `A runtime needs a function "${name}"`);
  }
  for (const name of ["scope", "getTaskLocals", "snapshot", "root", "onUse"] as const) {
    if (typeof runtime.asyncContext?.[name] !== "function") throw new InterloopError("bad-argument", `A runtime needs a function "asyncContext.${name}"`);
  }
  const { files = [] } = runtime;
  if (!Array.isArray(files) || files.some((url) => typeof url !== "string")) {
    throw new InterloopError("bad-argument", 'The "files" of a runtime are an array of URLs, as text');
  }
  own ??= runtime;
  shareAmongRealms(runtime.anchor);
  const shared = sharedState();
  if (shared.runtime === undefined) {
    shared.runtime = runtime;
    runtime.asyncContext.onEnter?.(() => shared.enterStore());
  }
  return shared.runtime;
}

/** A thread has several realms when it has vm contexts, each with a globalThis of its own: test runners run a file in each. There is one sharedState for all of them. */
function shareAmongRealms(anchor: object | undefined): void {
  const global = globalThis as HasSharedState;
  if (anchor === undefined || global[SHARED_STATE]?.runtime !== undefined) return;
  const theirs = (anchor as HasSharedState)[SHARED_STATE];
  if (theirs === undefined) Object.defineProperty(anchor, SHARED_STATE, { value: sharedState(), configurable: true });
  else known = global[SHARED_STATE] = theirs;
}

let own: Runtime | undefined;

/** What the adapter beside this copy of the package brought, whether or not it is the one that is installed; undefined for a copy without an adapter. */
export function ownRuntime(): Runtime | undefined {
  return own;
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
  installed ??= sharedState().runtime;
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
  const states = globalThis as unknown as Record<symbol, SharedState>;
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    const name = Symbol.keyFor(symbol);
    if (symbol !== SHARED_STATE && name?.startsWith(SHARED_STATE_NAME) === true && states[symbol]?.runtime !== undefined)
      return name.slice(SHARED_STATE_NAME.length);
  }
  return undefined;
}

// The first one stays, so it need not be looked up again.
let installed: Runtime | undefined;
