/** How a task is told to stop: the part of it that the async context carries. */
import type { Cancellable } from "../environment/context.ts";

/** Stands for the reason of an abort that is over; a signal that is made of it has the reason that every runtime gives by itself. */
const OVER = { reason: undefined };

/** The signal is made when it is asked for. */
export class TaskSignal implements Cancellable {
  aborted: { readonly reason: unknown } | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #ended = false;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted !== undefined) this.#controller.abort(this.aborted.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#ended || this.aborted !== undefined) return;
    this.aborted = { reason };
    this.#controller?.abort(reason);
  }

  /** Python objects that outlive the task may hold its async context, and a reason may hold them: neither collector would see that cycle. */
  end(): void {
    this.#ended = true;
    this.#controller = undefined;
    if (this.aborted !== undefined) this.aborted = OVER;
  }
}
