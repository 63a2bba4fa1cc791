import { environment } from "../environment/environment.ts";
import { InterloopError } from "../errors.ts";
import { currentCall, pendingPromises } from "./python-call.ts";

/** How many calls are pending that were made before anybody asked. */
let unknown = 0;

/**
 * The signal of the JS function that Python is calling here, anywhere in it and in what it calls, after an `await` too. It aborts when Python cancels the task or future that awaits the function's promise; the
 * reason is an AbortError with the message that Python gave, and `CancelledError` as its cause. Python goes on at once: JS cannot be stopped, so the function should look at its signal; what it still returns is dropped.
 * In a task of {@link spawn} it is the signal of that task. Outside of both it is a signal that never aborts. A signal is made when it is asked for; from the first time in the program on, each call of Python's carries along what it is made of, which costs a fraction of a microsecond.
 *
 * @throws InterloopError `signal-unknown` when the first call of this function in the program comes after an `await`, while Python waits for promises: which call it belongs to was not noted. Ask once before.
 * @example
 * ```ts
 * import { getCurrentSignal, python } from "@interloop/node";
 *
 * python.exec(`
 * import asyncio
 *
 * async def impatient(slow):
 *     try:
 *         await asyncio.wait_for(slow(), 0.01)
 *     except asyncio.TimeoutError:
 *         return "too slow"
 * `);
 * const slow = () => new Promise((_, reject) => {
 *   const signal = getCurrentSignal();
 *   signal.addEventListener("abort", () => {
 *     console.log(signal.reason.name); // AbortError
 *     reject(signal.reason);
 *   });
 * });
 * console.log(await python.eval("impatient")(slow)); // too slow
 * ```
 */
export function getCurrentSignal(): AbortSignal {
  if (environment?.signals === false) {
    for (const promise of pendingPromises()) {
      unknown++;
      const known = (): void => void unknown--;
      promise.then(known, known);
    }
  }
  const call = currentCall();
  if (call !== undefined) return call.signal;
  if (unknown === 0) return new AbortController().signal;
  throw new InterloopError(
    "signal-unknown",
    "Cannot tell which call of Python's this is: nobody had asked for a signal when it was made; call getCurrentSignal() once before its first await",
  );
}
