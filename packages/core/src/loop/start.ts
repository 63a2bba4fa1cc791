/** How this JS environment joins the addon, and how Python starts: on first use. */
import { CONTRACT } from "../binding.ts";
import type { Hooks, NativeBinding } from "../binding.ts";
import { explain, makeError } from "../bridge/exceptions.ts";
import { identify } from "../bridge/identify.ts";
import { JsValues } from "../bridge/js-values.ts";
import { environment, join, setStarter } from "../bridge/link.ts";
import type { Environment } from "../bridge/link.ts";
import { operate } from "../bridge/operate.ts";
import { wrap } from "../bridge/py-object.ts";
import type { Handle } from "../bridge/py-object.ts";
import { live } from "../bridge/refs.ts";
import { InterloopError } from "../errors.ts";
import { carrier, getRuntime } from "../runtime.ts";
import type { Runtime } from "../runtime.ts";
import { call, learnEmptyContext, prepareEntry } from "./calls.ts";
import { currentLoopRef } from "./current.ts";
import { shutdownNow } from "./shutdown.ts";
import { convert, follow, lastConversion, schedule, settle, wake, watch } from "./guest.ts";

setStarter(start);

/** Join the environment and start Python. Idempotent. */
export function start(): void {
  const shared = carrier();
  const runtime = getRuntime();
  if (shared.environment === undefined) shared.environment = attach(runtime);
  if (environment === undefined) join(shared.environment, prepareEntry);
  if (environment.info !== undefined) return;
  environment.info = environment.binding.start(shared.options?.python ?? "");
  learnEmptyContext();
}

/** Run `awaitable` in a Task, once: the promise is remembered. */
export function awaitHandle(handle: Handle): Promise<unknown> {
  if (handle.promise !== undefined) return handle.promise;
  handle.promise = convert(handle, currentLoopRef(), 0);
  handle.conversion = lastConversion;
  return handle.promise;
}

function attach(runtime: Runtime): Environment {
  const binding = runtime.loadBinding();
  if (binding.contract !== CONTRACT) {
    throw new InterloopError(
      "bad-argument",
      `The addon speaks version ${binding.contract} of the contract and this package version ${CONTRACT}; install the same version of all @interloop packages`,
    );
  }
  const state = newEnvironment(binding, runtime);
  (state as { registers: Float64Array }).registers = binding.attach(hooksOf(state));
  runtime.asyncContext.onUse(() => {
    state.asyncContext = true;
    for (const listen of state.listeners) listen();
  });
  runtime.onExit(() => {
    shutdownNow();
    binding.finalize();
  });
  return state;
}

function newEnvironment(binding: NativeBinding, runtime: Runtime): Environment {
  return {
    binding,
    registers: undefined as never,
    values: new JsValues(),
    resolvers: [],
    rejecters: [],
    free: [],
    empty: 0,
    info: undefined,
    loop: undefined,
    hosting: false,
    depth: 0,
    frame: undefined,
    asyncContext: false,
    scopes: false,
    listeners: [],
    watch,
    follow,
    awaitHandle,
    hop: (callback) => runtime.hop(callback),
  };
}

function hooksOf({ values }: Environment): Hooks {
  return {
    identify,
    wrap,
    value: (id) => values.get(id),
    release(...ids) {
      for (const id of ids) values.release(id);
    },
    call,
    operate,
    settle,
    schedule,
    wake,
    makeError,
    fail: (code, message) => new InterloopError(code, message),
    explain,
  };
}
