import { callBridge } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";
import { describe } from "../environment/refs.ts";
import { InterloopError, isPyError } from "../errors.ts";
import type { Handoff } from "../runtime/contract.ts";
import { sharedState, getRuntime } from "../runtime/runtime.ts";
import type { MainLink } from "../runtime/runtime.ts";
import { scope } from "../runtime/scope.ts";
import { TaskLocals } from "../runtime/task-locals.ts";
import { handOver } from "../loop/hand-over.ts";
import { failedUncaught, obey } from "./main-worker.ts";
import type { LoopFactory, RunContext } from "./run.ts";
import { checkLoopFactory } from "./run.ts";
import { ensure } from "../start/start.ts";
import { isError } from "../realms.ts";

/** Options of {@link main}. */
export interface MainOptions {
  /** What makes the loop. Unless given, asyncio's own choice: `asyncio.new_event_loop()`. */
  readonly loop?: LoopFactory;
  /** How long both sides may take to end, in milliseconds, after which what is stuck is named and the process ends. 5000 unless given. */
  readonly timeout?: number;
}

/** What the function of {@link main} is given. */
export type MainContext = RunContext;

const TIMEOUT = 5000;

/**
 * Give the process's main thread to Python and run the program there and here: Python's loop gets that thread, and with it signals, KeyboardInterrupt and whatever insists on the main thread; `fn` runs in a worker,
 * inside {@link scope} with the locals of that loop.
 *
 * The program's entry, which calls this, is evaluated twice: on the main thread, where the call does not return, and in the worker, where it does. What stands before the call is evaluated on both, what follows
 * only in the worker. `fn` is called when the entry is evaluated. In a module that is not the program's entry nothing happens, so that others can import it.
 *
 * When `fn` has ended, what is left on the loop is cancelled, the loop is closed, and the process ends: with `process.exitCode`, or 1 after an error. Ctrl-C raises KeyboardInterrupt in Python's main thread; Python's tasks
 * are cancelled, `signal` aborts, both sides run their `finally` blocks, and the process ends by SIGINT. A second Ctrl-C ends it at once.
 *
 * Mirrors `#[pyo3_async_runtimes::tokio::main]`.
 *
 * @throws InterloopError `main-twice` when it was called already; `main-worker` in a worker of the program's own; `main-entry` for an entry that cannot be evaluated again (`--eval`, standard input);
 * `placement-unsupported` for a runtime whose adapter cannot do it; `bad-argument` for what is no function, and for what makes no loop.
 * @example
 * ```ts program
 * import { main, python } from "@interloop/node";
 *
 * python.exec(`
 * import asyncio, threading
 *
 * async def where():
 *     await asyncio.sleep(0.01)
 *     return threading.current_thread().name
 * `);
 *
 * main(import.meta, async ({ signal }) => {
 *   console.log(await python.eval("where()")); // MainThread
 *   console.log(signal.aborted); // false
 * });
 * ```
 */
export function main(meta: { readonly url: string }, fn: (context: MainContext) => unknown, options: MainOptions = {}): void {
  const { handoff } = getRuntime();
  if (typeof meta?.url !== "string")
    throw new InterloopError(
      "bad-argument",
      `main takes import.meta, not ${describe(meta)}; where a bundler leaves none, give { url: import.meta.url }, or in CommonJS { url: pathToFileURL(__filename).href }`,
    );
  if (typeof fn !== "function") throw new InterloopError("bad-argument", `main takes a function, not ${describe(fn)}`);
  const { timeout = TIMEOUT } = options;
  if (!(timeout >= 0)) throw new InterloopError("bad-argument", `The option "timeout" must be a number of milliseconds, not ${String(timeout)}`);
  checkLoopFactory(options.loop);
  if (handoff === undefined) throw new InterloopError("placement-unsupported", `The runtime "${getRuntime().name}" cannot give its main thread to Python`);
  if (!handoff.isEntry(meta)) return;
  if (handoff.role === "other") throw new InterloopError("main-worker", "main() was called in a worker; call it in the program's entry, on the main thread");
  const link = sharedState().main;
  if (handoff.role === "main") giveMainThread(handoff, meta.url, options.loop, timeout);
  else if (link !== undefined) goOn(handoff, link, fn);
}

function giveMainThread(handoff: Handoff, url: string, factory: LoopFactory | undefined, timeout: number): never {
  ensure();
  callBridge("prepare_main", factory, timeout / 1000);
  return handOver(handoff, url);
}

function goOn(handoff: Handoff, link: MainLink, fn: (context: MainContext) => unknown): void {
  callBridge("main_begin", link.target);
  const controller = new AbortController();
  const locals = new TaskLocals(callBridge("main_loop", link.target) as PyObject);
  void obey(link, () => {
    const reason = new DOMException("The program was interrupted", "AbortError");
    controller.abort(reason);
  });
  const run = async (): Promise<void> => {
    link.began = true;
    try {
      await scope(locals, () => fn({ locals, signal: controller.signal }));
    } catch (error) {
      if (controller.signal.aborted && isStop(error, controller.signal)) callBridge("main_finished", link.target, 1);
      else failedUncaught(error, true);
      return;
    }
    callBridge("main_finished", link.target, handoff.exitStatus());
  };
  // Not before the rest of the entry is evaluated.
  getRuntime().runMacrotask(() => void run());
}

/** Told to stop, it has stopped. */
function isStop(error: unknown, signal: AbortSignal): boolean {
  if (isPyError(error)) return error.matches("CancelledError");
  return error === signal.reason || (isError(error) && error.name === "AbortError");
}
