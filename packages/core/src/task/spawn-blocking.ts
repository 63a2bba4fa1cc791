import { describe, handleOf } from "../environment/refs.ts";
import type { PyCallable } from "../environment/py-object.ts";
import { InterloopError } from "../errors.ts";
import { runOnThread } from "./blocking-python.ts";
import { runOnWorker } from "./blocking-js.ts";
import { JoinHandle } from "./join-handle.ts";
import { Task } from "./task.ts";
import type { TaskContext } from "./task.ts";

interface JobOptions {
  /** Aborting it aborts the job. */
  readonly signal?: AbortSignal;
  /** Arguments, or parts of them, that move to the worker instead of being copied. */
  readonly transfer?: readonly object[];
}

/** A function that a module exports. */
export interface ModuleJob extends JobOptions {
  /** The module: `new URL("./work.ts", import.meta.url)`, or such a URL as text. */
  readonly module: URL | string;
  /** The name of the export; "default" unless given. */
  readonly name?: string;
}

/** A function, with options. */
export interface RunJob<A extends readonly unknown[], T> extends JobOptions {
  /** What {@link spawnBlocking} otherwise takes as it is. */
  readonly run: PyCallable<T> | ((...args: A) => T | PromiseLike<T>);
}

/** What {@link spawnBlocking} runs: a Python function, a JS function that uses nothing but its arguments and globals, or one that a module exports. */
export type BlockingJob<A extends readonly unknown[], T> = PyCallable<T> | ((...args: A) => T | PromiseLike<T>) | ModuleJob | RunJob<A, T>;

/**
 * Run what would block the JS thread, elsewhere. A Python function runs on a thread of Python's, a JS function on a worker of the runtime; each has a pool, whose size and queue {@link init} sets.
 *
 * **A Python function** is given its arguments as they are, and gives back its result and its errors as they are: all threads share one Python. It runs in a copy of the current Python context. It may use JS
 * functions and objects among its arguments: each use is carried to the JS thread and waited for. Aborting the handle gives up a job that has not begun; Python cannot stop one that has.
 *
 * **A JS function** is the export of a module, or a function that uses nothing but its arguments and globals: it is sent as text. Arguments and results are copied by structured clone, or moved with `transfer`. Errors arrive as errors of
 * the same type, message and stack; Python exceptions as the very same. Python in there runs on the worker's own loop, in a copy of the current Python context; an AsyncLocalStorage does not reach it. Aborting
 * the handle aborts the signal that `getCurrentSignal()` gives there; a job that has not ended a second later is ended with its worker.
 *
 * Mirrors `pyo3_async_runtimes::generic::Runtime::spawn_blocking`.
 *
 * @throws InterloopError `bad-argument` for what cannot be a job. Otherwise the handle rejects, with `cause` `pool-full` when the queue is full or a job waits for another one in a full pool, `nested-job`, `job-not-found`, `free-variable`, `not-cloneable`,
 * `worker-died` or `no-workers`: see the page on errors.
 * @example
 * ```ts
 * import { python, spawnBlocking } from "@interloop/node";
 *
 * const hashlib = python.import("hashlib");
 * const digest = await spawnBlocking(hashlib.pbkdf2_hmac, "sha256", python.eval("b'tea'"), python.eval("b'salt'"), 100_000);
 * console.log(python.len(digest)); // 32
 *
 * const sum = (from: number, to: number) => {
 *   let sum = 0;
 *   for (let n = from; n < to; n++) sum += n;
 *   return sum;
 * };
 * console.log(await spawnBlocking(sum, 1, 1_000_000)); // 499999500000
 * ```
 */
export function spawnBlocking<T = unknown, A extends readonly unknown[] = readonly unknown[]>(job: BlockingJob<A, T>, ...args: A): JoinHandle<T> {
  const options: JobOptions = typeof job === "object" && handleOf(job) === undefined ? job : {};
  return new JoinHandle(new Task(workOf(job, args), { ...nameOf(job), ...(options.signal === undefined ? {} : { signal: options.signal }) }));
}

function workOf<A extends readonly unknown[], T>(job: BlockingJob<A, T>, args: A): (context: TaskContext) => Promise<T> {
  if (handleOf(job) !== undefined) return runOnThread(job as PyCallable<T>, args);
  if (typeof job === "function") return runOnWorker({ code: job.toString() }, args, []);
  if (typeof job !== "object" || job === null)
    throw new InterloopError("bad-argument", `spawnBlocking takes a function, { module, name } or { run }, not ${describe(job)}`);
  if ("run" in job && (typeof job.run === "function" || handleOf(job.run) !== undefined)) {
    return handleOf(job.run) === undefined ? runOnWorker({ code: job.run.toString() }, args, job.transfer ?? []) : runOnThread(job.run as PyCallable<T>, args);
  }
  if ("module" in job) return runOnWorker({ module: urlOf(job.module), code: job.name ?? "default" }, args, job.transfer ?? []);
  throw new InterloopError("bad-argument", "spawnBlocking takes a function, { module, name } or { run: a function }");
}

function urlOf(module: unknown): string {
  const text = String(module);
  if (/^[a-z][a-z+.-]+:/i.test(text)) return text;
  throw new InterloopError("bad-argument", `The module of a job must be a URL, such as new URL("./work.ts", import.meta.url), not "${text}"`);
}

function nameOf(job: unknown): { readonly name?: string } {
  if (typeof job !== "object" || job === null || handleOf(job) !== undefined) return { name: "blocking job" };
  const { module, name } = job as Partial<ModuleJob>;
  return { name: module === undefined ? "blocking job" : `${String(module)}#${name ?? "default"}` };
}
