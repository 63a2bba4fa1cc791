import { callBridge } from "../environment/bridge-functions.ts";
import { environment } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf, refOf } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { convert } from "./guest.ts";

/** Options of {@link shutdown}. */
export interface ShutdownOptions {
  /** How long to wait for tasks, async generators and executor threads, in milliseconds. 5000 unless given. */
  readonly timeout?: number;
}

const TIMEOUT = 5000;

let running: Promise<void> | undefined;

/**
 * End what runs on the default loop, and close it: cancel its tasks and wait for them, close its async generators, wait for its executor's threads. Python itself stays, and the
 * next use makes a new loop. Does nothing when there is no loop. At the end of the process the same is done, as far as that is possible without waiting for JS.
 *
 * @throws InterloopError `shutdown-timeout`, naming what was stuck, when time is up; the loop is closed all the same. `bad-argument` for an impossible timeout.
 * @example
 * ```ts
 * import { python, shutdown } from "@interloop/node";
 *
 * python.exec(`
 * import asyncio
 * async def forever():
 *     try:
 *         await asyncio.sleep(3600)
 *     finally:
 *         print("cleaned up", flush=True)
 * `);
 * const never = python.eval("forever()").then(undefined, (error: Error) => console.log(error.name));
 * await shutdown({ timeout: 1000 });
 * await never; // CancelledError
 * ```
 */
export function shutdown(options: ShutdownOptions = {}): Promise<void> {
  const timeout = options.timeout ?? TIMEOUT;
  if (!(timeout >= 0))
    return Promise.reject(new InterloopError("bad-argument", `The option "timeout" must be a number of milliseconds, not ${String(timeout)}`));
  running ??= stop(timeout).finally(() => {
    running = undefined;
  });
  return running;
}

async function stop(timeout: number): Promise<void> {
  const loop = environment?.info === undefined ? undefined : environment.loop;
  if (loop !== undefined) await end(loop, timeout);
}

/** End what runs on `loop`, which is hosted here or has a thread of its own, within so many milliseconds (undefined: however long it takes), and close it. */
export async function end(loop: PyObject, timeout: number | undefined): Promise<void> {
  if (callBridge("is_closed", loop) === true) return;
  const work = callBridge("shutdown", loop) as PyObject;
  const ended = convert(handleOf(work)!, refOf(loop, "The loop"), 0);
  let stuck: string | undefined;
  let cancelTimer = (): void => {};
  const timeUp = new Promise<void>((resolve) => {
    if (timeout === undefined) return;
    cancelTimer = getRuntime().timer(timeout, () => {
      stuck = callBridge("stuck", loop) as string;
      resolve();
    });
  });
  try {
    await Promise.race([ended, timeUp]);
  } finally {
    cancelTimer();
    // What is still pending on a closed loop rejects; it must not be reported a second time.
    ended.catch(() => {});
    if (environment.loop === loop) environment.loop = undefined;
    if (stuck !== undefined) callBridge("keep_stuck", loop);
    callBridge("close_loop", loop);
  }
  if (stuck !== undefined) throw new InterloopError("shutdown-timeout", `After ${timeout} ms these had not ended: ${stuck}`);
}

/** What can be done at the end of the process, where nothing asynchronous happens any more: Python runs its cleanup by itself. */
export function shutdownNow(): void {
  const { loop } = environment;
  if (environment.info === undefined || loop === undefined) return;
  try {
    callBridge("shutdown_now", loop, TIMEOUT / 1000);
  } catch {
    // The process is ending; there is nobody left to tell.
  }
}
