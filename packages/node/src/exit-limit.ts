import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { loadBinding } from "./binding.ts";

/**
 * Let the process end although a worker is inside a call of Python that does not return: Node would wait for the worker's thread.
 * A program without workers pays nothing; one with workers loads the addon, at its end at the latest.
 */
export function limitExit(): void {
  if (!isMainThread) return;
  process.once("worker", () => {
    // First, because the end of Python may wait for the worker as well.
    process.prependListener("exit", (code) => {
      try {
        loadBinding().limitExit(code);
      } catch {
        // Without the addon no worker is inside Python.
      }
    });
  });
}
