const JOIN_ERROR: unique symbol = Symbol.for("interloop.JoinError") as never;

/**
 * Why a {@link JoinHandle} rejects: its task failed, or was told to stop and did. Mirrors `pyo3_async_runtimes::generic::JoinError`.
 *
 * @example
 * ```ts
 * import { isJoinError, spawn } from "@interloop/node";
 *
 * const handle = spawn(() => {
 *   throw new TypeError("no tea");
 * });
 * await handle.catch((error: unknown) => {
 *   if (isJoinError(error)) console.log(error.isPanic, String(error.cause)); // true TypeError: no tea
 * });
 * ```
 */
export class JoinError extends Error {
  /** The task's {@link JoinHandle.id}. */
  readonly id: number;
  /** The task was told to stop, and did. `cause` is the reason that was given. */
  readonly isCancelled: boolean;

  constructor(id: number, title: string, isCancelled: boolean, cause: unknown) {
    super(`${title} ${isCancelled ? "was aborted" : "failed"}: ${inWords(cause)}`, { cause });
    this.id = id;
    this.isCancelled = isCancelled;
  }

  /** The task failed, which is the case when it was not cancelled. `cause` is what was thrown. */
  get isPanic(): boolean {
    return !this.isCancelled;
  }
}

Object.defineProperty(JoinError.prototype, "name", { value: "JoinError", writable: true, configurable: true });
Object.defineProperty(JoinError.prototype, JOIN_ERROR, { value: true });

/**
 * Is this a {@link JoinError}, of whichever copy of this package? Never throws.
 *
 * @example
 * ```ts
 * import { isJoinError } from "@interloop/node";
 *
 * console.log(isJoinError(new Error("another"))); // false
 * ```
 */
export function isJoinError(value: unknown): value is JoinError {
  try {
    return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[JOIN_ERROR] === true;
  } catch {
    return false; // A revoked or hostile proxy.
  }
}

function inWords(cause: unknown): string {
  try {
    return String(cause);
  } catch {
    return "an error that cannot be shown";
  }
}
