/** Begin a task: after the code that runs now, before anything else that waits. */
export function spawn(task: () => void): void {
  queueMicrotask(task);
}

/** Call `callback` in a macrotask, after I/O had its turn. */
export function hop(callback: () => void): void {
  setImmediate(callback);
}

/** Call `callback` after so many milliseconds. Returns what cancels it. */
export function timer(milliseconds: number, callback: () => void): () => void {
  const running = setTimeout(callback, milliseconds);
  return () => clearTimeout(running);
}
