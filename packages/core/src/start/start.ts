/** How this JS environment joins the addon, and how Python starts: on first use. */
import { CONTRACT } from "../binding.ts";
import type { Hooks, NativeBinding } from "../binding.ts";
import { explain, makeError } from "../errors/exceptions.ts";
import { Conversions } from "../environment/conversions.ts";
import { identify } from "../convert/identify.ts";
import { closeLeft } from "../js-objects/iterators.ts";
import { newRegistry } from "../environment/finalization.ts";
import { leakReport, Leaks, TracedValues } from "../handles/leaks.ts";
import { JsValues } from "../environment/js-values.ts";
import { environment, join, tellListeners } from "../environment/environment.ts";
import type { Environment, HigherRooms } from "../environment/environment.ts";
import { CallFrame } from "../environment/call-frame.ts";
import { operate } from "../js-objects/operate.ts";
import { wrap } from "../handles/handle.ts";
import { enterStore } from "../runtime/entered-stores.ts";
import { InterloopError } from "../errors.ts";
import { sharedState, getRuntime, ownRuntime } from "../runtime/runtime.ts";
import type { Runtime } from "../runtime/contract.ts";
import { leaveOut } from "../stacks.ts";
import { call, learnEmptyContext, origin, prepareEntry, serve } from "../calls/invoke.ts";
import { awaitHandle } from "../loop/await-handle.ts";
import { iterateAsync } from "../streams/iterate-js.ts";
import { streamHandle } from "../streams/iterate-python.ts";
import { loopHere } from "../loop/loop-ref.ts";
import { offerModules } from "../loop/modules.ts";
import { ofProcess } from "../loop/process.ts";
import { shutdownNow } from "../loop/shutdown.ts";
import { follow, schedule, settle, wake, watch } from "../loop/guest.ts";

const higherRooms: HigherRooms = { prepare: prepareEntry, awaitHandle, iterateAsync, streamHandle };

/** Start Python, if nobody has. What needs Python calls this one: a bundler then cannot leave this file out. */
export function ensure(): void {
  if (environment === undefined || environment.info === undefined) start();
}

function start(): void {
  const shared = sharedState();
  const runtime = getRuntime();
  if (environment === undefined) {
    if (shared.environment === undefined) shared.environment = attach(runtime);
    else joinAsAnother(shared.environment);
    leaveOut(runtime.files ?? []);
  }
  if (environment.info !== undefined) return;
  // What is made here lives on; it must not keep the store of whoever came first.
  const info = runtime.asyncContext.root(() => environment.binding.start(shared.options?.python ?? ""));
  environment.info = info;
  runtime.asyncContext.root(() => runtime.process?.start(environment.binding));
  learnEmptyContext();
  if (runtime.modules !== undefined) offerModules(runtime.modules, !info.started);
}

/** Another copy of this package has attached: one beside this one, or one in another realm, such as the vm context of the test file before. */
function joinAsAnother(state: Environment): void {
  const hooks = hooksOf(state);
  join(state, state.binding.join(hooks), hooks, higherRooms);
  // JS modules that Python asks for are loaded where the program runs now.
  const { modules } = ownRuntime() ?? {};
  if (state.info !== undefined && modules !== undefined) offerModules(modules, true);
}

function attach(runtime: Runtime): Environment {
  const binding = runtime.loadBinding({ packagePath: sharedState().options?.packagePath });
  if (binding.contract !== CONTRACT) {
    throw new InterloopError(
      "bad-argument",
      `The addon speaks version ${binding.contract} of the contract and this package version ${CONTRACT}; install the same version of all @interloop packages`,
    );
  }
  const state = newEnvironment(binding, runtime);
  const hooks = hooksOf(state);
  (state as { callSlots: Float64Array }).callSlots = binding.attach(hooks, runtime.quirks ?? 0);
  join(state, binding, hooks, higherRooms);
  sharedState().enterStore = enterStore;
  runtime.asyncContext.onUse(() => {
    state.asyncContext = true;
    tellListeners(state);
  });
  runtime.onExit((processEnds = true) => {
    if (runtime.reportLeaks !== undefined) reportAtExit(runtime, runtime.reportLeaks);
    // A thread of Python's that waits for JS would be waited for below.
    binding.endCalls();
    shutdownNow();
    binding.finalize(processEnds);
  });
  return state;
}

function reportAtExit({ capabilities }: Runtime, report: (text: string) => void): void {
  if (environment?.info === undefined) return;
  capabilities.collectGarbage?.();
  const text = leakReport();
  if (text !== "") report(text);
}

function newEnvironment(binding: NativeBinding, runtime: Runtime): Environment {
  return {
    binding,
    callSlots: undefined as never,
    values: runtime.reportLeaks === undefined ? new JsValues() : new TracedValues(),
    conversions: new Conversions(),
    empty: 0,
    info: undefined,
    loop: undefined,
    threaded: false,
    frame: new CallFrame(),
    signals: sharedState().signals,
    observers: new WeakMap(),
    served: new Map(),
    returned: new WeakMap(),
    generators: new WeakSet(),
    leaving: new Map(),
    asyncContext: false,
    scopes: false,
    onHandleCreated: undefined,
    leaks: runtime.reportLeaks === undefined ? undefined : new Leaks(),
    debug: false,
    madeAt: new Map(),
    callers: new WeakMap(),
    errorClasses: new WeakMap(),
    hasErrorClasses: false,
    listeners: [],
    registry: newRegistry(),
    early: [],
    watch,
    follow,
    origin,
    currentLoop: loopHere,
    ofProcess,
    runMacrotask: (callback) => runtime.runMacrotask(callback),
    collect: () => runtime.capabilities.collectGarbage?.(),
  };
}

function hooksOf({ values, leaks }: Environment): Hooks {
  return {
    identify,
    wrap: leaks === undefined ? wrap : (ref, traits) => leaks.made(wrap(ref, traits)),
    value: (id) => values.get(id),
    release(...ids) {
      for (const id of ids) values.release(id);
      closeLeft();
    },
    call,
    serve,
    operate,
    settle,
    schedule,
    wake,
    makeError,
    fail: (code, message) => new InterloopError(code, message),
    explain,
  };
}
