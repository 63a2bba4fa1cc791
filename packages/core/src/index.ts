/**
 * Promises and Python coroutines await each other inside one process: the core, without a runtime. Programs import `@interloop/node`, `@interloop/deno` or `@interloop/bun`, which export all of this;
 * libraries that work on any of them import this package as a peer dependency.
 */
export type { Census, NativeBinding, PythonInfo } from "./binding.ts";
export type { ToJsOptions, ToPyOptions } from "./bridge/convert.ts";
export { kwargs } from "./bridge/kwargs.ts";
export type { Kwargs } from "./bridge/kwargs.ts";
export type { PyAwaitable, PyCallable, PyObject } from "./bridge/py-object.ts";
export { isPyObject } from "./bridge/refs.ts";
export { getCurrentSignal } from "./crossing/current-signal.ts";
export { asyncIterableIntoPy } from "./crossing/async-iterable-into-py.ts";
export type { AsyncIterableIntoPyOptions, JsIterable } from "./crossing/async-iterable-into-py.ts";
export { intoAsyncIterable } from "./crossing/into-async-iterable.ts";
export type { IntoAsyncIterableOptions } from "./crossing/into-async-iterable.ts";
export { intoCoroutine } from "./crossing/into-coroutine.ts";
export type { IntoCoroutineOptions } from "./crossing/into-coroutine.ts";
export { intoPromise } from "./crossing/into-promise.ts";
export type { IntoPromiseOptions } from "./crossing/into-promise.ts";
export { promiseIntoPy } from "./crossing/promise-into-py.ts";
export type { PromiseContext, PromiseIntoPyOptions } from "./crossing/promise-into-py.ts";
export { InterloopError, isInterloopError, isPyError, PyError } from "./errors.ts";
export type { PyErrorSource, PyFrame } from "./errors.ts";
export { getCurrentLocals, getCurrentLoop, getRunningLoop } from "./loop/current.ts";
export { run, runForever, runUntilComplete } from "./loop/run.ts";
export type { LoopFactory, RunContext, RunOptions } from "./loop/run.ts";
export { shutdown } from "./loop/shutdown.ts";
export type { ShutdownOptions } from "./loop/shutdown.ts";
export type { PyBuffer } from "./python/buffer.ts";
export { pymodule } from "./python/pymodule.ts";
export type { PyAsyncContext, PyContext, PythonContexts } from "./python/contexts.ts";
export type { PythonOperations } from "./python/operations.ts";
export { python } from "./python/python.ts";
export type { BufferOptions, PyNamespace, Python } from "./python/python.ts";
export { defineRuntime, getRuntime, init, scope } from "./runtime.ts";
export type { AsyncContext, Capabilities, InitOptions, Runtime, Snapshot } from "./runtime.ts";
export { TaskLocals } from "./task-locals.ts";
