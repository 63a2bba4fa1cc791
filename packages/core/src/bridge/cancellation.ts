/** How cancelled work is told apart from work that failed. */
import { isPyError } from "../errors.ts";

/** The AbortError that a signal gives as its reason. */
export function abortError(message: string, cause?: unknown): Error {
  const error = typeof DOMException === "function" ? new DOMException(message, "AbortError") : Object.assign(new Error(message), { name: "AbortError" });
  return cause === undefined ? error : Object.defineProperty(error, "cause", { value: cause, writable: true, enumerable: false, configurable: true });
}

/** Does `error` say that work has stopped because it was told to, for the reason `reason`? */
export function isCancellation(error: unknown, reason: unknown): boolean {
  return error === reason || (error instanceof Error && (error.name === "AbortError" || (error.cause !== undefined && error.cause === reason)));
}

/** Did a Python task end because it was cancelled? */
export function isPyCancellation(error: unknown): boolean {
  return isPyError(error) && error.name === "CancelledError";
}
