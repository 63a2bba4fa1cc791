/** One task: what it runs, its signal, and how it ends. */
import { abortError, isCancellation, isPyCancellation } from "../errors/cancellation.ts";
import type { PyAwaitable } from "../environment/py-object.ts";
import { describe, handleOf } from "../environment/refs.ts";
import { intoPromise } from "../await/into-promise.ts";
import { InterloopError } from "../errors.ts";
import { sharedState, getRuntime } from "../runtime/runtime.ts";
import { noteScopes, noteSignals } from "../runtime/scope.ts";
import { given, withCall } from "../runtime/task-locals.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";
import { JoinError } from "./join-error.ts";
import { TaskSignal } from "./task-signal.ts";

/** What the function of a task is given. */
export interface TaskContext {
  /** Aborts when the task is told to stop. The same as {@link getCurrentSignal} inside of it. */
  readonly signal: AbortSignal;
  /** The task's {@link JoinHandle.id}. */
  readonly id: number;
}

/** What can be a task: a function, a Python awaitable or a Python function, or a promise, which began by itself and cannot be told to stop. */
export type Spawnable<T> = ((context: TaskContext) => T | PromiseLike<T>) | PyAwaitable<T> | PromiseLike<T>;

/** Options of {@link spawn}. */
export interface SpawnOptions {
  /** What errors call the task; the function's own name unless given. */
  readonly name?: string;
  /** Aborting it aborts the task. */
  readonly signal?: AbortSignal;
  /** The loop and the context to run in; those in force here unless given. */
  readonly locals?: TaskLocals;
}

/** Hears first how a task has ended. Answers whether it has taken care of the error. */
export type OnEnd = (error: JoinError | undefined) => boolean;

let lastId = 0;

const nothing = (): void => {};

/** The tasks that have not ended, with where they were made; kept while somebody looks for what is left over. */
let running: Map<Task<unknown>, Error> | undefined;

/** From now on keep account of tasks. Returns what tells, in words, of those that were made since and have not ended, and whether to go on. */
export function watchTasks(): { left(): string; end(): void } {
  const mine = (running = new Map());
  return {
    left: () => [...mine].map(([task, made]) => `${task.title}, made${(made.stack ?? "").replace(/^.*?\n/, "\n")}`).join("\n"),
    end: () => {
      if (running === mine) running = undefined;
    },
  };
}

export class Task<T> {
  readonly id: number = ++lastId;
  readonly outcome: Promise<T>;
  isFinished = false;
  readonly #signal = new TaskSignal();
  readonly title: string;
  readonly #onEnd: OnEnd | undefined;
  #unfollow: () => void = nothing;

  constructor(work: Spawnable<T>, options: SpawnOptions, onEnd?: OnEnd) {
    if (typeof work !== "function" && typeof (work as PromiseLike<T> | null)?.then !== "function" && handleOf(work) === undefined)
      throw new InterloopError("bad-argument", `A task is made of a function, a Python awaitable or a promise, not of ${describe(work)}`);
    this.title = titleOf(this.id, options.name ?? nameOf(work));
    this.#onEnd = onEnd;
    this.#follow(options.signal);
    running?.set(this as Task<unknown>, new Error("made"));
    this.outcome = new Promise<T>((resolve, reject) => {
      schedule(this.#signal, options.locals, () => void this.#run(work, resolve, reject));
    });
  }

  abort(reason: unknown = abortError("The task was aborted")): void {
    this.#signal.abort(reason);
  }

  #follow(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    if (typeof (signal as AbortSignal | null)?.addEventListener !== "function")
      throw new InterloopError("bad-argument", `The option "signal" must be an AbortSignal, not ${describe(signal)}`);
    if (signal.aborted) {
      this.abort(signal.reason);
      return;
    }
    const abort = (): void => this.abort(signal.reason);
    signal.addEventListener("abort", abort);
    this.#unfollow = () => signal.removeEventListener("abort", abort);
  }

  async #run(work: Spawnable<T>, resolve: (value: T) => void, reject: (error: JoinError) => void): Promise<void> {
    let value: T;
    try {
      value = await this.#perform(work);
    } catch (error) {
      const joinError = this.#explain(error);
      this.#finish();
      // Nobody has to join a task that was told to stop.
      if (this.#onEnd?.(joinError) === true || joinError.isCancelled) this.outcome.catch(nothing);
      reject(joinError);
      return;
    }
    this.#finish();
    this.#onEnd?.(undefined);
    resolve(value);
  }

  #finish(): void {
    this.isFinished = true;
    running?.delete(this as Task<unknown>);
    this.#unfollow();
    this.#signal.end();
  }

  #perform(work: Spawnable<T>): T | PromiseLike<T> {
    const handle = handleOf(work);
    if (handle !== undefined && (handle.awaitable || typeof work !== "function")) return this.#awaitPython(work as PyAwaitable<T>);
    if (typeof work !== "function") return work;
    const { aborted } = this.#signal;
    if (aborted !== undefined) throw aborted.reason;
    // Python functions take what they take.
    const result = handle === undefined ? work(this.#context()) : (work as () => T | PromiseLike<T>)();
    return handleOf(result)?.awaitable === true ? this.#awaitPython(result as PyAwaitable<T>) : result;
  }

  #context(): TaskContext {
    const carried = this.#signal;
    return {
      id: this.id,
      get signal() {
        return carried.signal;
      },
    };
  }

  #awaitPython(awaitable: PyAwaitable<T>): Promise<T> {
    return intoPromise<T>(awaitable, { signal: this.#signal.signal });
  }

  #explain(error: unknown): JoinError {
    const { aborted } = this.#signal;
    if (aborted !== undefined && (isCancellation(error, aborted.reason) || isPyCancellation(error)))
      return new JoinError(this.id, this.title, true, aborted.reason);
    return new JoinError(this.id, this.title, isPyCancellation(error), error);
  }
}

/** Run `run` soon, in the async context of the caller and with its task-locals, which carry its signal along. */
function schedule(signal: TaskSignal, locals: TaskLocals | undefined, run: () => void): void {
  const runtime = getRuntime();
  const { asyncContext } = runtime;
  noteSignals();
  const shared = sharedState().environment;
  if (locals !== undefined && shared !== undefined) noteScopes(shared);
  const carried = withCall(locals ?? given(asyncContext.getTaskLocals()), signal);
  const enter = (): void => asyncContext.scope(carried, run);
  const snapshot = asyncContext.snapshot();
  runtime.spawn(snapshot === undefined ? enter : () => snapshot.run(enter));
}

function nameOf(work: Spawnable<unknown>): string {
  return typeof work === "function" && handleOf(work) === undefined ? work.name : "";
}

function titleOf(id: number, name: string): string {
  return name === "" ? `Task ${id}` : `Task ${id} ("${name}")`;
}
