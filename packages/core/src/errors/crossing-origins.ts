/**
 * Where crossings were made, for errors that nobody sees. Known only while the default loop is in asyncio's debug mode: recording a stack costs more than a crossing.
 *
 * In the order of the functions below: a conversion of an awaitable, by its id; a Future that follows a promise; a promise that a JS function gave to Python.
 */
import { hide, isPyError } from "../errors.ts";
import { callsOf, here, linesOf } from "../stacks.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import { environment } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { isError } from "../realms.ts";

/** Remember that the conversion `id` is made here. */
export function recordConversion(id: number): void {
  environment.madeAt.set(id, here());
}

/** Forget where the conversion was made, and tell its error, when it has one. Called when `madeAt` is not empty. */
export function tellConversion(id: number, ok: boolean, error: unknown): void {
  const madeAt = environment.madeAt.get(id);
  if (madeAt === undefined) return;
  environment.madeAt.delete(id);
  if (ok) return;
  if (isPyError(error)) hide(error, "_madeAt", madeAt);
  else append(error, linesOf(madeAt.stack));
}

/** Let asyncio say that the Future was made here. */
export function recordFuture(future: PyObject): void {
  callBridge("made_at", future, callsOf(here().stack ?? ""));
}

/** `Operation.callSite`: what Python shows as the caller of what JS calls now. */
export function callSite(): string {
  return callsOf(here().stack ?? "")
    .split("\0", 3)
    .join("\0");
}

/** Remember which Python functions called the JS function that returned `promise`. */
export function recordCallers(promise: Promise<unknown>): void {
  environment.callers.set(promise, callBridge("callers") as string);
}

/** Tell the error of a promise that Python does not look at who called. */
export function tellCallers(promise: object, error: unknown): void {
  const callers = environment.callers.get(promise);
  if (callers !== undefined) append(error, callers.split("\n"));
}

function append(error: unknown, lines: readonly string[]): void {
  try {
    if (!isError(error) || typeof error.stack !== "string") return;
    const { stack } = error;
    const missing = lines.filter((line) => line !== "" && !stack.includes(line));
    if (missing.length === 0) return;
    Object.defineProperty(error, "stack", { value: [stack, ...missing].join("\n"), writable: true, enumerable: false, configurable: true });
  } catch {
    // Frozen or hostile: it stays as it is.
  }
}
