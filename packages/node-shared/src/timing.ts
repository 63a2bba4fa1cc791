import { clearTimeout as clear, setImmediate as immediate, setTimeout as timeout } from "node:timers";

// The real ones, and as they are now: fake timers, which test runners put in the place of the global ones, would stop Python's clock and our turns.
const [setImmediate, setTimeout, clearTimeout] = [immediate, timeout, clear];
const resolved = Promise.resolve();

/** Begin a task: after the code that runs now, before anything else that waits. */
export function spawn(task: () => void): void {
  void resolved.then(task);
}

/** Call `callback` in a macrotask, after I/O had its turn. */
export function runMacrotask(callback: () => void): void {
  setImmediate(callback);
}

/** Call `callback` after so many milliseconds. Returns what cancels it. */
export function timer(milliseconds: number, callback: () => void): () => void {
  const running = setTimeout(callback, milliseconds);
  return () => clearTimeout(running);
}
