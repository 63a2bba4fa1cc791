import type { Task } from "./task.ts";

/**
 * A task that was started with {@link spawn}. Awaiting it gives what the task returned. A task that fails while nobody has a handler for its outcome is reported as
 * the runtime reports any unhandled rejection; one that was aborted is not. Mirrors what `pyo3_async_runtimes::generic::Runtime::spawn` returns, `tokio::task::JoinHandle`.
 *
 * @throws Nothing; it rejects with JoinError.
 * @example
 * ```ts
 * import { spawn } from "@interloop/node";
 *
 * const handle = spawn(async () => 42);
 * console.log(handle.isFinished, await handle, handle.isFinished); // false 42 true
 * ```
 */
export class JoinHandle<T> implements PromiseLike<T> {
  readonly #task: Task<T>;

  /** @internal */
  constructor(task: Task<T>) {
    this.#task = task;
  }

  /** A number that no other task of this JS environment has. */
  get id(): number {
    return this.#task.id;
  }

  /** Has the task ended, in whichever way? */
  get isFinished(): boolean {
    return this.#task.isFinished;
  }

  /**
   * Tell the task to stop: its signal aborts with `reason`, and a Python awaitable that it waits for is cancelled. JS cannot be stopped: the handle settles when the task has ended, with its value
   * if it returned one after all. A task that has not begun never does. After the first call, and once the task has ended, this does nothing.
   */
  abort(reason?: unknown): void {
    this.#task.abort(reason);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is awaitable
  then<A = T, B = never>(fulfilled?: ((value: T) => A | PromiseLike<A>) | null, rejected?: ((reason: any) => B | PromiseLike<B>) | null): Promise<A | B> {
    return this.#task.outcome.then(fulfilled, rejected);
  }

  /** As `Promise.prototype.catch`. */
  catch<B = never>(rejected?: ((reason: any) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#task.outcome.catch(rejected);
  }

  /** As `Promise.prototype.finally`. */
  finally(settled?: (() => void) | null): Promise<T> {
    return this.#task.outcome.finally(settled);
  }
}

Object.defineProperty(JoinHandle.prototype, Symbol.toStringTag, { value: "JoinHandle", configurable: true });
