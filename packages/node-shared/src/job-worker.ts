/** JS jobs on worker threads, from the side of the worker: what the pool calls there. */
import { defineRuntime, getCurrentLoop, init, InterloopError, isJoinError, python, spawn, TaskLocals } from "@interloop/core";
import type { PyObject, Runtime } from "@interloop/core";
import { constants, runInThisContext } from "node:vm";
import { fromMessage, toMessage } from "./job-errors.ts";
import type { ErrorMessage } from "./job-errors.ts";
import type { JobAnswer, JobMessage } from "./job-message.ts";

type Fn = (...args: readonly unknown[]) => unknown;

/** Run one job. The answer goes through its own port, which says when it cannot be sent. */
export default async function runJob(message: JobMessage): Promise<void> {
  const { port } = message;
  const answer = (value: JobAnswer): void => port.postMessage(value);
  Atomics.store(message.begun, 0, 1);
  const controller = new AbortController();
  port.on("message", (reason: ErrorMessage) => controller.abort(fromMessage(reason)));
  try {
    await join(message);
    const fn = message.module === undefined ? compile(message.code) : await load(message.module, message.code);
    const value = await perform(fn, message, controller.signal);
    try {
      answer({ value });
    } catch (error) {
      throw new InterloopError("not-cloneable", `The result of the job cannot be sent back (${(error as Error).message})`, { cause: error });
    }
  } catch (error) {
    answer(isJoinError(error) && error.isCancelled ? "cancelled" : { error: toMessage(error) });
  }
}

/** Once per worker: the second time the runtime is there, and the options are the same. */
async function join({ adapter, options, addon }: JobMessage): Promise<void> {
  const { runtime } = (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ adapter)) as { readonly runtime: Runtime };
  defineRuntime({ ...runtime, runJob: refuse, loadBinding: (load) => runtime.loadBinding({ ...load, file: addon }) });
  init(options);
}

function refuse(): Promise<never> {
  return Promise.reject(
    new InterloopError(
      "nested-job",
      "This is a job on a worker already, and another one could wait for ever for a worker of its own: call the function itself",
    ),
  );
}

async function perform(fn: Fn, { args, context, module }: JobMessage, signal: AbortSignal): Promise<unknown> {
  const locals = context === 0 ? {} : { locals: new TaskLocals(getCurrentLoop()).withContext(taken(context)) };
  try {
    return await spawn(() => fn(...args), { signal, ...locals });
  } catch (error) {
    if (!isJoinError(error) || (error.isCancelled && signal.aborted)) throw error;
    const { cause } = error;
    if (module === undefined && cause instanceof ReferenceError) {
      throw new InterloopError(
        "free-variable",
        `A function is sent to a worker as text, and this one uses something that is not there (${cause.message}): give it as an argument, or export the function from a module`,
        { cause },
      );
    }
    throw cause;
  }
}

function taken(context: number): PyObject {
  const { take } = python.import("interloop._blocking") as unknown as { take(number: number): PyObject };
  return take(context);
}

async function load(module: string, name: string): Promise<Fn> {
  const exports = (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ module)) as Readonly<Record<string, unknown>>;
  const fn = exports[name];
  if (typeof fn === "function") return fn as Fn;
  const names = Object.keys(exports).filter((key) => typeof exports[key] === "function");
  throw new InterloopError("job-not-found", `"${module}" exports no function "${name}"${names.length === 0 ? "" : `; it exports ${names.join(", ")}`}`);
}

/** The function that `text` is, in the global scope. */
function compile(text: string): Fn {
  const code = `(${text}\n)`;
  try {
    try {
      // oxlint-disable-next-line no-eval -- the program sent a function of its own
      return (0, eval)(code) as Fn;
    } catch (error) {
      // The process may have been told to make no code of strings; scripts are no such code.
      if (!(error instanceof EvalError)) throw error;
      return runInThisContext(code, { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }) as Fn;
    }
  } catch (error) {
    throw new InterloopError(
      "bad-argument",
      "This function cannot be sent to a worker as text: methods, bound and built-in functions cannot; export it from a module",
      {
        cause: error,
      },
    );
  }
}
