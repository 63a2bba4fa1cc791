/**
 * Uncaught errors of a worker, which Node copies to the thread that started it, for the worker's event "error".
 *
 * The problem: Node copies all properties of an error, those of its class too, with the answers of their getters. One that cannot be copied, such as the handle of a Python object, makes it send a text instead, in an object that is
 * no Error and has neither name nor message. What is done: right before that, a PyError's handles are taken away, and what it knows as text is put in their place.
 */
import { isPyError } from "@interloop/core";
import process from "node:process";
import { isMainThread } from "node:worker_threads";

/** Let the errors of this thread, if it is a worker, be copied. */
export function copyUncaughtErrors(): void {
  if (isMainThread) return;
  process.on("uncaughtExceptionMonitor", (error) => {
    // A listener of the program gets the error itself, and the thread goes on.
    if (process.listenerCount("uncaughtException") === 0) leaveText(error);
  });
}

/** How many causes are looked at. */
const MOST_CAUSES = 100;

function leaveText(thrown: unknown): void {
  const seen = new Set<unknown>();
  for (let error = thrown; error instanceof Error && !seen.has(error) && seen.size < MOST_CAUSES; error = error.cause) {
    seen.add(error);
    if (!isPyError(error)) continue;
    const { stack, cause, errors, notes, traceback, frames } = error;
    for (const [key, value] of Object.entries({ stack, notes, traceback, frames })) define(error, key, value);
    if (cause !== undefined) define(error, "cause", cause);
    if (errors !== undefined) define(error, "errors", errors);
    for (const key of ["value", "type", "_source", "_captured", "_located", "_madeAt"]) define(error, key, undefined);
  }
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}
