/**
 * Promises and Python coroutines await each other inside one process: the core, without a runtime. Programs import `@interloop/node`, `@interloop/deno` or `@interloop/bun`, which export all of this;
 * libraries that work on any of them import this package as a peer dependency.
 */
export type { Census, NativeBinding, PythonInfo } from "./binding.ts";
export type { ToJsOptions, ToPyOptions } from "./python/convert.ts";
export type { JsRef } from "./convert/js-ref.ts";
export type { Leak } from "./handles/leaks.ts";
export { kwargs } from "./convert/kwargs.ts";
export type { Kwargs } from "./convert/kwargs.ts";
export type { PyAwaitable, PyCallable, PyHandle, PyObject } from "./environment/py-object.ts";
export type {
  PyAsyncContextManager,
  PyAsyncIterable,
  PyBytes,
  PyBytesLike,
  PyComplex,
  PyContextManager,
  PyDict,
  PyDictLike,
  PyFrozenSet,
  PyItem,
  PyIterable,
  PyIterator,
  PyList,
  PyListLike,
  PyMapping,
  PyNestedList,
  PyPrefix,
  PySequence,
  PySet,
  PySetLike,
  PySlice,
  PythonModules,
  PyToJs,
  PyTuple,
  PyTupleMembers,
  PyType,
} from "./environment/py-types.ts";
export { isPyObject } from "./environment/refs.ts";
export { getCurrentSignal } from "./calls/current-signal.ts";
export { asyncIterableIntoPy } from "./await/async-iterable-into-py.ts";
export type { AsyncIterableIntoPyOptions, JsIterable } from "./await/async-iterable-into-py.ts";
export { intoAsyncIterable } from "./await/into-async-iterable.ts";
export type { IntoAsyncIterableOptions } from "./await/into-async-iterable.ts";
export { intoCoroutine } from "./await/into-coroutine.ts";
export type { IntoCoroutineOptions } from "./await/into-coroutine.ts";
export { intoPromise } from "./await/into-promise.ts";
export type { IntoPromiseOptions } from "./await/into-promise.ts";
export { promiseIntoPy } from "./await/promise-into-py.ts";
export type { PromiseContext, PromiseIntoPyOptions } from "./await/promise-into-py.ts";
export { InterloopError, isInterloopError, isPyError, PyError } from "./errors.ts";
export type { PyErrorSource, PyFrame } from "./errors.ts";
export { getCurrentLocals, getCurrentLoop, getRunningLoop } from "./run/current.ts";
export { main } from "./run/main.ts";
export type { MainContext, MainOptions } from "./run/main.ts";
export { run, runForever, runUntilComplete } from "./run/run.ts";
export type { LoopFactory, RunContext, RunOptions } from "./run/run.ts";
export { shutdown } from "./loop/shutdown.ts";
export type { ShutdownOptions } from "./loop/shutdown.ts";
export type { BufferOptions, PyBuffer } from "./python/buffer.ts";
export type { PyBufferData, PyBufferItem, PyBufferView } from "./convert/buffer-elements.ts";
export type { Pending, PythonPending } from "./python/pending.ts";
export type { Shareable } from "./python/share.ts";
export { pymodule } from "./python/pymodule.ts";
export type { ClassMember, PythonFunctions, SubclassOptions } from "./python/functions.ts";
export type { Annotations, PyAnnotation } from "./js-objects/annotations.ts";
export type { PyAsyncContext, PyContext, PythonContexts } from "./python/contexts.ts";
export type { PythonExpressions } from "./python/expression.ts";
export type { PythonOperations } from "./python/operations.ts";
export type { Keep } from "./python/scope.ts";
export { python } from "./python/python.ts";
export type { PyNamespace, Python } from "./python/python.ts";
export type { PoolOptions, PoolsOptions } from "./runtime/pools.ts";
export { init } from "./runtime/init.ts";
export { defineRuntime, getRuntime } from "./runtime/runtime.ts";
export { scope } from "./runtime/scope.ts";
export type {
  AsyncContext,
  Capabilities,
  Handoff,
  InitOptions,
  LoadOptions,
  ModuleLoader,
  ProcessSharing,
  ProcessTools,
  Runtime,
  Snapshot,
  WorkerJob,
} from "./runtime/contract.ts";
export { isJoinError, JoinError } from "./task/join-error.ts";
export type { JoinHandle } from "./task/join-handle.ts";
export { spawnBlocking } from "./task/spawn-blocking.ts";
export type { BlockingJob, ModuleJob, RunJob } from "./task/spawn-blocking.ts";
export { spawn } from "./task/spawn.ts";
export { taskGroup } from "./task/task-group.ts";
export type { TaskGroup, TaskGroupOptions } from "./task/task-group.ts";
export type { Spawnable, SpawnOptions, TaskContext } from "./task/task.ts";
export { TaskLocals } from "./run/task-locals.ts";
