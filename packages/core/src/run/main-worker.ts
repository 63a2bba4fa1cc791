/** The worker of placement `main`: what it and the main thread tell each other. */
import { callBridge } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf } from "../environment/refs.ts";
import { isInterloopError, isPyError } from "../errors.ts";
import { sharedState, getRuntime } from "../runtime/runtime.ts";
import type { MainLink } from "../runtime/runtime.ts";
import { convert } from "../loop/guest.ts";
import { defaultLoop } from "../loop/hosted.ts";
import { ensure } from "../start/start.ts";

// What a shell says of a program that was interrupted.
const INTERRUPTED = 130;

/** Join the main thread, which waits for it. Adapters call this before the entry is evaluated. */
export function joinMain(): void {
  ensure();
  const target = callBridge("the_main") as PyObject;
  sharedState().main = { target, began: false };
  callBridge("main_join", target, defaultLoop());
}

/** An error that nobody caught: the program ends as after one of its function, or, before that was called, at once. */
export function failedUncaught(error: unknown, fromPromise: boolean): void {
  const { main } = sharedState();
  const handoff = getRuntime().handoff!;
  const status = statusOf(error);
  if (status === undefined) handoff.report(error, fromPromise);
  if (main !== undefined) callBridge("main_finished", main.target, status ?? 1);
  if (main?.began !== true) handoff.exit(status ?? 1);
}

/** The thread ends with this status; whatever stands on its stack is lost. */
export function endedByExit(status: number): void {
  const { main } = sharedState();
  if (main !== undefined) callBridge("main_exiting", main.target, status);
}

/** The exit status when the error is one of those by which Python ends a program: SystemExit, and KeyboardInterrupt, of which the main thread knows. */
function statusOf(error: unknown): number | undefined {
  if (isPyError(error) && error.matches("KeyboardInterrupt")) return INTERRUPTED;
  return isPyError(error) && error.matches("SystemExit") ? (callBridge("status_of", error.value) as number) : undefined;
}

/** What the main thread says from now on, until it ends this one. It keeps the thread alive. */
export async function obey(link: MainLink, abort: () => void): Promise<void> {
  for (;;) {
    let command: unknown;
    try {
      const next = callBridge("main_next_command", link.target) as PyObject;
      defaultLoop();
      command = await convert(handleOf(next)!, 0, 0);
    } catch (error) {
      // The program has shut its loop down; the next one serves as well.
      if (isInterloopError(error) && error.code === "finalized") return;
      continue;
    }
    if (command === "abort") abort();
    else getRuntime().handoff!.exit(getRuntime().handoff!.exitStatus());
  }
}
