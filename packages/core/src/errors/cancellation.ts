/** How cancelled work is told apart from work that failed. */
import { isPyError, lazily } from "../errors.ts";
import { limitStacks } from "../stacks.ts";
import { isError } from "../realms.ts";

/** The AbortError that a signal gives as its reason. */
export function abortError(message: string, cause?: unknown): Error {
  const error = typeof DOMException === "function" ? new DOMException(message, "AbortError") : Object.assign(new Error(message), { name: "AbortError" });
  return cause === undefined ? error : Object.defineProperty(error, "cause", { value: cause, writable: true, enumerable: false, configurable: true });
}

/** The AbortError of what Python has cancelled. No call of the program's leads there, so it records none, which would be the dearest part of it; and it makes its cause when somebody reads it. */
export function cancelledByPython(message: string, cause: () => unknown): Error {
  const limit = limitStacks(0);
  const error = abortError(message);
  limitStacks(limit);
  lazily(error, "cause", cause);
  return error;
}

/** Does `error` say that work has stopped because it was told to, for the reason `reason`? */
export function isCancellation(error: unknown, reason: unknown): boolean {
  return error === reason || (isError(error) && (error.name === "AbortError" || (error.cause !== undefined && error.cause === reason)));
}

/** Did a Python task end because it was cancelled? */
export function isPyCancellation(error: unknown): boolean {
  return isPyError(error) && error.name === "CancelledError";
}
