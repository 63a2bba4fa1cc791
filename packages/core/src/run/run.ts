import { callBridge } from "../environment/bridge-functions.ts";
import { environment } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { describe, handleOf, refOf } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { scope } from "../runtime/scope.ts";
import { TaskLocals } from "../runtime/task-locals.ts";
import { convert } from "../loop/guest.ts";
import { defaultLoop, hostThis, openLoop } from "../loop/hosted.ts";
import { end } from "../loop/shutdown.ts";
import { ensure } from "../start/start.ts";

/**
 * What makes a loop: the name of a module that has `new_event_loop` (`"asyncio"`, `"uvloop"`), or of a class (`"uvloop.Loop"`, `"package.module:MyLoop"`), or the handle of a class or function.
 */
export type LoopFactory = string | PyObject;

/** Options of {@link run}. */
export interface RunOptions {
  /** What makes the loop. Unless given, asyncio's own choice: `asyncio.new_event_loop()`. */
  readonly loop?: LoopFactory;
}

/** What the functions of {@link run} and {@link runUntilComplete} are given. */
export interface RunContext {
  /** The task-locals of the loop. */
  readonly locals: TaskLocals;
  /** Aborts when the loop stops before the function has ended. */
  readonly signal: AbortSignal;
}

/**
 * Make a loop, run `fn` with it as the current loop (inside {@link scope}), and close it as `asyncio.run` does: what is left is cancelled, async generators and the default executor are shut down.
 * The loop runs on a Python thread of its own, so that it may block or compute, and any class of loops will do; only an `interloop.GuestLoop` runs on this thread, in place of the default loop. Neither blocks
 * this thread. It can be called again, and several can run at once.
 *
 * Mirrors `pyo3_async_runtimes::tokio::run`.
 *
 * @returns What `fn` returned.
 * @throws Nothing; it rejects: with what `fn` throws; `bad-argument` for what makes no loop; `loop-stopped` when Python stops the loop before `fn` has ended; PyError for the `SystemExit` or
 * `KeyboardInterrupt` that ended the loop; `loop-hosted` for a GuestLoop when the default loop is busy.
 * @example
 * ```ts
 * import { getCurrentLoop, python, run } from "@interloop/node";
 *
 * const asyncio = python.import("asyncio");
 * const threading = python.import("threading");
 * python.exec("async def where(threading): return threading.current_thread() is threading.main_thread()");
 *
 * const result = await run(async () => {
 *   console.log(await python.eval("where")(threading)); // false
 *   return asyncio.sleep(0.01, "done");
 * });
 * console.log(result); // done
 *
 * const guest = python.import("interloop").GuestLoop;
 * console.log(await run(() => python.isInstance(getCurrentLoop(), guest), { loop: guest })); // true
 * ```
 */
export async function run<T>(fn: (context: RunContext) => T, options: RunOptions = {}): Promise<Awaited<T>> {
  ensure();
  mustBeFunction("run", fn);
  checkLoopFactory(options.loop);
  const loop = callBridge("make_loop", options.loop) as PyObject;
  return callBridge("is_guest", loop) === true ? runHere(loop, fn) : drive(loop, fn, callBridge("Driver", loop, true) as PyObject);
}

/**
 * Run `fn` with `loop` as the current loop (inside {@link scope}), and drive that loop until `fn` has ended: on a Python thread of its own, or, when it is the default loop, where it runs anyway. This thread is not
 * blocked. The loop is not closed, and what is left on it goes on when it is driven again.
 *
 * Mirrors `pyo3_async_runtimes::tokio::run_until_complete`.
 *
 * @returns What `fn` returned.
 * @throws Nothing; it rejects: with what `fn` throws; `bad-argument` for what is no loop; `loop-closed`, `loop-running` or `loop-hosted` for a loop that cannot be driven; `loop-stopped` when Python stops the
 * loop before `fn` has ended; PyError for the `SystemExit` or `KeyboardInterrupt` that ended the loop.
 * @example
 * ```ts
 * import { python, runUntilComplete } from "@interloop/node";
 *
 * const asyncio = python.import("asyncio");
 * const loop = asyncio.new_event_loop();
 * console.log(await runUntilComplete(loop, () => asyncio.sleep(0.01, "first"))); // first
 * console.log(await runUntilComplete(loop, () => asyncio.sleep(0.01, "second"))); // second
 * loop.close();
 * ```
 */
export async function runUntilComplete<T>(loop: PyObject, fn: (context: RunContext) => T): Promise<Awaited<T>> {
  ensure();
  refOf(loop, "The loop");
  mustBeFunction("runUntilComplete", fn);
  if (whereToRun(loop) === "thread") return drive(loop, fn, callBridge("Driver", loop, false) as PyObject);
  return runScoped(new TaskLocals(loop), fn, new AbortController().signal);
}

/**
 * Drive `loop` on a Python thread of its own until somebody calls its `stop()`. It is not closed then.
 *
 * Mirrors `pyo3_async_runtimes::run_forever` (0.13).
 *
 * @throws Nothing; it rejects: with `bad-argument` for what is no loop; `loop-closed`, `loop-running` or `loop-hosted` for a loop that cannot be driven (the default loop is driven anyway); PyError for the
 * `SystemExit` or `KeyboardInterrupt` that ended the loop.
 * @example
 * ```ts
 * import { python, runForever } from "@interloop/node";
 *
 * const loop = python.import("asyncio").new_event_loop();
 * const stopped = runForever(loop);
 * loop.call_soon_threadsafe(loop.stop);
 * await stopped;
 * loop.close();
 * ```
 */
export async function runForever(loop: PyObject): Promise<void> {
  ensure();
  refOf(loop, "The loop");
  if (whereToRun(loop) === "here") {
    throw new InterloopError("loop-hosted", "Cannot drive this loop: JavaScript runs it already, for as long as it has work");
  }
  await new Drive(callBridge("Driver", loop, false) as PyObject).ended;
}

/** What only JS can say of a factory; the rest comes out when it is used. */
export function checkLoopFactory(factory: unknown): void {
  if (factory === undefined || typeof factory === "string" || handleOf(factory) !== undefined) return;
  throw new InterloopError("bad-argument", `The option "loop" must be a name or the handle of what makes a loop, not ${describe(factory)}`);
}

function mustBeFunction(name: string, fn: unknown): void {
  if (typeof fn !== "function") throw new InterloopError("bad-argument", `${name} takes a function, not ${describe(fn)}`);
}

function whereToRun(loop: PyObject): string {
  return callBridge("where_to_run", loop, openLoop()) as string;
}

/** One loop on a thread of Python's, from its start to its end. */
class Drive {
  /** Resolves when the loop has stopped, with whether that was asked for; rejects with what it ended with. */
  readonly ended: Promise<boolean>;
  readonly #driver: PyObject;

  constructor(driver: PyObject) {
    this.#driver = driver;
    this.ended = this.#run();
  }

  async #run(): Promise<boolean> {
    // Awaited on the default loop, whatever the scope: the loop that is driven cannot wait for its own end.
    const running = callBridge("drive", this.#driver) as PyObject;
    await convert(handleOf(running)!, refOf(defaultLoop(), "The loop"), 0);
    return callBridge("outcome", this.#driver) as boolean;
  }

  stop(): void {
    callBridge("stop_driver", this.#driver);
  }
}

/** Run `fn` while `driver`, a Python object, drives `loop`. */
export async function drive<T>(loop: PyObject, fn: (context: RunContext) => T, driver: PyObject): Promise<Awaited<T>> {
  const controller = new AbortController();
  const driving = new Drive(driver);
  const result = runScoped(new TaskLocals(loop), fn, controller.signal);
  const stopped = driving.ended.then(() => {
    throw new InterloopError("loop-stopped", "The event loop was stopped before the function that it ran for had ended");
  });
  let value: Awaited<T>;
  try {
    value = await Promise.race([result, stopped]);
  } catch (error) {
    // Only the first failure is told. When it is the function's own, nobody listens to the signal any more.
    for (const promise of [result, stopped]) promise.catch(() => {});
    controller.abort(error);
    driving.stop();
    await driving.ended.catch(() => {});
    throw error;
  }
  stopped.catch(() => {});
  driving.stop();
  await driving.ended;
  return value;
}

async function runScoped<T>(locals: TaskLocals, fn: (context: RunContext) => T, signal: AbortSignal): Promise<Awaited<T>> {
  return await scope(locals, () => fn({ locals, signal }));
}

/** A new GuestLoop takes the place of the default one. */
async function runHere<T>(loop: PyObject, fn: (context: RunContext) => T): Promise<Awaited<T>> {
  const before = openLoop();
  if (before !== undefined && callBridge("is_idle", before) !== true) {
    callBridge("close_loop", loop);
    throw new InterloopError(
      "loop-hosted",
      "Cannot run another GuestLoop: the default loop of this thread has work to do; wait for it, call shutdown(), or use runUntilComplete(getCurrentLoop(), ...)",
    );
  }
  hostThis(loop);
  try {
    return await runScoped(new TaskLocals(loop), fn, new AbortController().signal);
  } finally {
    await end(loop, undefined);
    if (before !== undefined && environment.loop === undefined && callBridge("is_closed", before) !== true) hostThis(before);
  }
}
