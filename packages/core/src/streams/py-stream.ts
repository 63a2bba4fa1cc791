/**
 * A Python iterable, iterated by JS. One Task runs through the source and hands its items over in batches; here they wait in a queue.
 *
 * Nobody asks Python for single items: what `deliver` answers says how many more may be made. When none may, the Task waits at a gate, until it is opened with the next order.
 */
import { binding } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf } from "../environment/refs.ts";
import { throwOnce } from "../handles/throw-once.ts";
import { isPyError } from "../errors.ts";
import { convert } from "../loop/guest.ts";
import { currentLoopRef } from "../loop/loop-ref.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { closeWhenCollected } from "./collected-streams.ts";
import { callStreams, inTurn, inWords, step, stepStream } from "./streams.ts";
import type { Home } from "./streams.ts";

type Result = IteratorResult<unknown, undefined>;

interface Waiter {
  /** What JS holds of this stream: it must not be collected while somebody waits. */
  readonly holder: object;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** An error, which may be undefined itself. */
interface Failure {
  readonly error: unknown;
}

/** What Python is to do next: make so many items, end, or call a function that returns what is to be sent into the source, or throws what is to be thrown into it. */
type Order = number | false | (() => unknown);

interface Thrown extends Failure, Waiter {
  /** It is over. */
  readonly told: Promise<void>;
  readonly tell: () => void;
}

/** Where and how a stream runs. */
interface Options {
  readonly mark: number;
  readonly locals: TaskLocals | undefined;
  readonly signal: AbortSignal | undefined;
  readonly home: Home;
}

export class PyStream {
  readonly #options: Options;
  /** Until it is started. */
  #source: unknown;
  #phase: "fresh" | "running" | "closing" | "ended" = "fresh";
  #queue: unknown[] = [];
  #head = 0;
  /** How many items the source may still make. */
  #credit = 0;
  readonly #waiters: Waiter[] = [];
  /** Lets the Task go on. */
  #open: PyObject | undefined = undefined;
  /** Makes items while the Task waits; not on every loop. */
  #producer: PyObject | undefined = undefined;
  /** The Task waits for JavaScript. */
  #waiting = false;
  #conversion = -1;
  /** What `throw()` was called with, until it is thrown at a `yield` or the source has ended. */
  #thrown: Thrown | undefined = undefined;
  #aborted: Failure | undefined = undefined;
  /** Nobody has asked for it yet. */
  #failure: Failure | undefined = undefined;
  /** The source failed when it had been told to end. What it failed with before is nobody's: it had run ahead. */
  #failedClosing = false;
  /** What failed while it was closed. An error is kept no longer than until it is told: its traceback leads back to this stream. */
  #closeFailure: Failure | undefined = undefined;
  /** Resolves when the Task has ended. */
  #end: Promise<void> | undefined = undefined;

  constructor(source: unknown, options: Options) {
    this.#source = source;
    this.#options = options;
  }

  next(holder: object, value: unknown): Promise<Result> {
    const head = this.#head;
    if (head < this.#queue.length) {
      const item = this.#queue[head];
      this.#queue[head] = undefined;
      this.#head = head + 1;
      return Promise.resolve({ done: false, value: item });
    }
    if (this.#phase === "fresh" && this.#options.signal?.aborted === true) this.#abort();
    if (this.#phase === "ended") return this.#afterEnd();
    if (this.#phase === "fresh") {
      this.#start(this.#grant(1));
      closeWhenCollected(holder, this);
    } else if (this.#waiting) this.#order(value === undefined || this.#options.mark > 1 ? this.#grant(1) : () => value);
    // It may have answered at once.
    return this.#head < this.#queue.length ? Promise.resolve({ done: false, value: this.#queue[this.#head++] }) : this.#wait(holder);
  }

  async return(value: unknown): Promise<IteratorResult<unknown, unknown>> {
    await this.#close("The JavaScript iterator was closed");
    const failure = this.#closeFailure;
    this.#closeFailure = undefined;
    if (failure !== undefined) throw failure.error;
    return { done: true, value };
  }

  async throw(holder: object, error: unknown): Promise<Result> {
    while (this.#thrown !== undefined) await this.#thrown.told;
    if (this.#phase !== "running") {
      await this.#close("");
      throw error;
    }
    // The source is where it is: what it made before is not its answer.
    this.#drop();
    if (!this.#waiting) return this.#interrupt(holder, error);
    const promise = this.#wait(holder);
    this.#order(throwOnce(error));
    return promise;
  }

  /** The source runs, and may wait for something for long: that is cancelled. Where the source goes on all the same, the error is thrown at the next `yield`. */
  #interrupt(holder: object, error: unknown): Promise<Result> {
    let tell = (): void => {};
    const told = new Promise<void>((resolve) => (tell = resolve));
    return new Promise((resolve, reject) => {
      this.#thrown = { error, holder, resolve, reject, told, tell };
      binding.cancelTask(this.#conversion, inWords(error), false);
    });
  }

  /** For Python to call. It must not hold the error, whose traceback leads to it. */
  readonly #throwNow = (): never => {
    const { error, holder, resolve, reject } = this.#thrown!;
    this.#endThrown();
    this.#waiters.push({ holder, resolve, reject });
    throw error;
  };

  #endThrown(): void {
    this.#thrown?.tell();
    this.#thrown = undefined;
  }

  get ended(): boolean {
    return this.#phase === "ended";
  }

  /** Nobody can ask for more. */
  forget(): void {
    if (this.#phase === "running") void this.#close("The JavaScript iterator was collected");
  }

  #wait(holder: object): Promise<Result> {
    return new Promise((resolve, reject) => this.#waiters.push({ holder, resolve, reject }));
  }

  #afterEnd(): Promise<Result> {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(failure.error as Error);
  }

  /** Let the source make what the waiters and `more` ask for, and run ahead. */
  #grant(more: number): number {
    return (this.#credit = this.#waiters.length + more + this.#options.mark - 1);
  }

  /** Let the Task go on, which waits for JavaScript. */
  #order(order: Order): void {
    this.#waiting = false;
    if (typeof order === "function") this.#credit = 1;
    else if (order !== false && this.#producer !== undefined) {
      inTurn(this.#make);
      return;
    }
    inTurn(() => {
      if (this.#phase !== "ended") step(this.#open!, [order]);
    });
  }

  /** Let items be made while the Task waits; where that cannot be, let it go on. */
  readonly #make = (): void => {
    if (this.#phase === "ended") return;
    let items: unknown[] | null | false;
    try {
      items = stepStream(this.#producer!, this.#credit);
    } catch (error) {
      // The stack is full, or Python has ended: what was made is lost, so the stream does not go on as if nothing were missing.
      void this.#close("The items could not be handed over");
      throw error;
    }
    if (items === false) step(this.#open!, [this.#credit]);
    else if (items !== null && this.#phase === "running") this.#take(items);
  };

  #take(items: unknown[]): void {
    this.#credit -= items.length;
    if (this.#head === this.#queue.length) {
      this.#queue = items;
      this.#head = 0;
    } else for (const item of items) this.#queue.push(item);
    if (this.#waiters.length > 0) {
      this.#serve();
      if (this.#waiters.length > 0) {
        this.#order(this.#grant(0));
        return;
      }
    }
    if (this.#credit > 0) this.#order(this.#credit);
    else this.#waiting = true;
  }

  #drop(): void {
    this.#queue = [];
    this.#head = 0;
  }

  readonly #connect = (open: PyObject | null, producer?: PyObject): void => {
    if (open === null) {
      this.#failedClosing = true;
      return;
    }
    this.#open = open;
    this.#producer = producer;
  };

  /** Python hands items over; without any it asks whether it is to go on. */
  readonly #deliver = (...items: unknown[]): unknown => {
    if (this.#phase !== "running") return false;
    const count = items.length;
    if (this.#thrown !== undefined) return count === 0 ? false : this.#throw(items);
    if (count === 0) return true;
    this.#credit -= count;
    if (this.#head === this.#queue.length) {
      this.#queue = items;
      this.#head = 0;
    } else for (const item of items) this.#queue.push(item);
    if (this.#waiters.length > 0) this.#serve();
    if (this.#credit > 0) return this.#credit;
    if (this.#waiters.length > 0) return this.#grant(0);
    this.#waiting = true;
    return undefined;
  };

  /** Who asked before `throw()` was called gets the items, the others are nobody's. */
  #throw(items: unknown[]): () => never {
    this.#queue = items;
    this.#head = 0;
    if (this.#waiters.length > 0) this.#serve();
    this.#drop();
    return this.#throwNow;
  }

  #serve(): void {
    const waiters = this.#waiters;
    do waiters.shift()!.resolve({ done: false, value: this.#queue[this.#head++] });
    while (waiters.length > 0 && this.#head < this.#queue.length);
  }

  #start(room: number): void {
    const { home, locals, signal } = this.#options;
    const source = this.#source;
    this.#source = undefined;
    this.#phase = room === 0 ? "closing" : "running";
    signal?.addEventListener("abort", this.#abort);
    const run = (): Promise<unknown> => {
      const coroutine = handleOf(callStreams("into_js", source, this.#connect, this.#deliver, room))!;
      const promise = convert(coroutine, currentLoopRef(), locals?._contextRef ?? 0);
      this.#conversion = coroutine.conversion;
      return promise;
    };
    this.#end = begin(() => home(run)).then(
      () => this.#finish(undefined),
      (error: unknown) => this.#finish({ error }),
    );
  }

  /** End the source, and wait for it. */
  #close(why: string): Promise<void> {
    this.#drop();
    if (this.#phase === "fresh") this.#start(0);
    else if (this.#phase === "running") {
      this.#phase = "closing";
      if (this.#waiting) this.#order(false);
      // Once is enough: a second cancellation would strike what the source does because of the first.
      else if (this.#thrown === undefined) binding.cancelTask(this.#conversion, why, false);
    }
    this.#failure = undefined;
    return this.#end ?? Promise.resolve();
  }

  readonly #abort = (): void => {
    if (this.#phase !== "fresh" && this.#phase !== "running") return;
    const { reason } = this.#options.signal!;
    if (this.#phase === "fresh") {
      this.#phase = "ended";
      this.#source = undefined;
      this.#failure = { error: reason };
      return;
    }
    this.#aborted = { error: reason };
    void this.#close(inWords(reason));
  };

  #finish(failed: Failure | undefined): void {
    const closing = this.#phase === "closing";
    this.#phase = "ended";
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#waiting = false;
    this.#open?.[Symbol.dispose]();
    this.#open = undefined;
    this.#producer?.[Symbol.dispose]();
    this.#producer = undefined;
    const thrown = this.#thrown;
    const failure = (closing || thrown !== undefined) && failed !== undefined && (!this.#failedClosing || isCancellation(failed.error)) ? undefined : failed;
    this.#endThrown();
    if (thrown !== undefined && !closing) {
      thrown.reject((failure ?? thrown).error);
      this.#failure = undefined;
    } else if (closing && this.#aborted === undefined) this.#closeFailure = failure;
    else this.#fail(failure ?? this.#aborted);
    if (closing) thrown?.reject(thrown.error);
    this.#aborted = undefined;
    this.#endWaiters();
  }

  #fail(failure: Failure | undefined): void {
    if (failure === undefined || this.#waiters.length === 0) this.#failure = failure;
    else this.#waiters.shift()!.reject(failure.error);
  }

  #endWaiters(): void {
    for (const { resolve } of this.#waiters.splice(0)) resolve({ done: true, value: undefined });
  }
}

/** What throws here is an error of the stream as well. */
async function begin(run: () => Promise<unknown>): Promise<unknown> {
  return run();
}

function isCancellation(error: unknown): boolean {
  return isPyError(error) && error.name === "CancelledError";
}
