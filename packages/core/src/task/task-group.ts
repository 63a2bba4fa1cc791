import { abortError, isCancellation, isPyCancellation } from "../errors/cancellation.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import { describe, handleOf } from "../environment/refs.ts";
import { InterloopError, isPyError } from "../errors.ts";
import { currentCall } from "../calls/python-call.ts";
import { isJoinError } from "./join-error.ts";
import type { JoinError } from "./join-error.ts";
import { JoinHandle } from "./join-handle.ts";
import { Task } from "./task.ts";
import type { Spawnable, SpawnOptions } from "./task.ts";

/** Options of {@link taskGroup}. */
export interface TaskGroupOptions {
  /** Aborting it aborts the group, which then rejects with its reason, unless there are errors to tell. */
  readonly signal?: AbortSignal;
}

/** Tasks that begin and end together. Mirrors `asyncio.TaskGroup`. */
export interface TaskGroup extends AsyncDisposable {
  /** Aborts when a member fails, or when the group is aborted: the body of the group, which nothing else can tell to stop, should look at it. */
  readonly signal: AbortSignal;
  /**
   * Begin a member, as {@link spawn} does. Nobody has to join it: the group tells of its failure. In a group that is being aborted it is aborted before it begins.
   *
   * @throws InterloopError `group-ended` once the group has ended.
   */
  spawn<T>(work: Spawnable<T>, options?: SpawnOptions): JoinHandle<T>;
  /** Tell all members to stop. The group ends when they have. */
  abort(reason?: unknown): void;
}

/** As Python's own, whichever language throws them: they leave a group as they are. */
const through = new Set(["KeyboardInterrupt", "SystemExit"]);

class Group implements TaskGroup {
  readonly #members = new Set<Task<unknown>>();
  readonly #errors: unknown[] = [];
  readonly #controller = new AbortController();
  readonly #unfollow: (() => void)[] = [];
  #state: "open" | "aborting" | "ended" = "open";
  #outer: { readonly reason: unknown } | undefined = undefined;
  #wake: () => void = () => {};

  constructor(options: TaskGroupOptions) {
    const { signal } = options;
    if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== "function")
      throw new InterloopError("bad-argument", `The option "signal" must be an AbortSignal, not ${describe(signal)}`);
    // A group inside of a task, or of a call of Python's, stops with it.
    for (const outer of new Set([signal, currentCall()?.signal])) if (outer !== undefined) this.#follow(outer);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  spawn<T>(work: Spawnable<T>, options: SpawnOptions = {}): JoinHandle<T> {
    if (this.#state === "ended") {
      if (handleOf(work)?.awaitable === true) callBridge("discard", work);
      throw new InterloopError("group-ended", "This task group has ended: it takes no more tasks");
    }
    const task: Task<T> = new Task(work, options, (error) => {
      this.#members.delete(task as Task<unknown>);
      if (error?.isPanic === true) this.#failed(error);
      if (this.#members.size === 0) this.#wake();
      return true;
    });
    this.#members.add(task as Task<unknown>);
    if (this.#state === "aborting") task.abort(this.signal.reason);
    return new JoinHandle(task);
  }

  abort(reason: unknown = abortError("The task group was aborted")): void {
    if (this.#state !== "open") return;
    this.#state = "aborting";
    for (const task of this.#members) task.abort(reason);
    this.#controller.abort(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end(undefined);
  }

  /** Wait for the members, and tell what has failed. */
  async end(failure: { readonly error: unknown } | undefined): Promise<void> {
    if (failure !== undefined) this.abort(abortError("The body of the task group failed", failure.error));
    while (this.#members.size > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#state = "ended";
    for (const unfollow of this.#unfollow) unfollow();
    const own = failure === undefined || this.#isCancellation(failure.error) ? [] : [failure.error];
    const errors = [...this.#errors, ...own];
    for (const error of errors) if (isPyError(error) && through.has(error.name)) throw error;
    if (errors.length > 0) throw new AggregateError(errors, `Unhandled errors in a task group (${errors.length} ${errors.length === 1 ? "error" : "errors"})`);
    if (this.#outer !== undefined) throw this.#outer.reason;
    if (failure !== undefined) throw failure.error;
  }

  /** Is this what a body throws because the group is aborted, or because a member that it has joined failed? */
  #isCancellation(error: unknown): boolean {
    if (isJoinError(error)) return error.isCancelled || this.#errors.includes(error.cause);
    return isPyCancellation(error) || (this.signal.aborted && isCancellation(error, this.signal.reason));
  }

  #failed({ cause }: JoinError): void {
    this.#errors.push(cause);
    this.abort(abortError("A member of the task group failed", cause));
  }

  #follow(outer: AbortSignal): void {
    const abort = (): void => {
      this.#outer ??= { reason: outer.reason };
      this.abort(outer.reason);
    };
    if (outer.aborted) abort();
    outer.addEventListener("abort", abort);
    this.#unfollow.push(() => outer.removeEventListener("abort", abort));
  }
}

/**
 * A group of tasks that ends when all of its members have. When one fails, the others are aborted (Python members are cancelled, and have run their `finally`), and the group rejects with an AggregateError
 * of what failed, in Python an ExceptionGroup. A member that was aborted by itself does not fail the group.
 *
 * With a function the group ends when that has ended, too; what it throws aborts the members and is one of the errors. Without one, `await using` waits for the members at the end of the block. An error
 * that leaves such a block does not abort them, for nobody tells the group of it: use the function form, or `abort`, where that matters.
 *
 * A group inside of a task, or of a function that Python calls, is aborted with it.
 *
 * Mirrors `asyncio.TaskGroup`.
 *
 * @throws InterloopError `bad-argument` for what is no function and no options. The function form rejects instead.
 * @example
 * ```ts
 * import { python, taskGroup } from "@interloop/node";
 *
 * const asyncio = python.import("asyncio");
 * const [tea, cake] = await taskGroup(async (group) => {
 *   const tea = group.spawn(asyncio.sleep(0.01, "tea"));
 *   const cake = group.spawn(async () => "cake");
 *   return [await tea, await cake];
 * });
 * console.log(tea, cake); // tea cake
 *
 * await taskGroup((group) => {
 *   group.spawn(asyncio.sleep(3600));
 *   group.spawn(() => {
 *     throw new Error("burnt");
 *   });
 * }).catch((error: AggregateError) => console.log(error.errors.map(String))); // [ 'Error: burnt' ]
 * ```
 */
export function taskGroup(options?: TaskGroupOptions): TaskGroup;
export function taskGroup<T>(body: (group: TaskGroup) => T | PromiseLike<T>, options?: TaskGroupOptions): Promise<T>;
export function taskGroup<T>(
  first: TaskGroupOptions | ((group: TaskGroup) => T | PromiseLike<T>) = {},
  options: TaskGroupOptions = {},
): TaskGroup | Promise<T> {
  if (typeof first === "function") return withBody(first, options);
  if (typeof first !== "object" || first === null) throw new InterloopError("bad-argument", `taskGroup takes a function or options, not ${describe(first)}`);
  return new Group(first);
}

async function withBody<T>(body: (group: TaskGroup) => T | PromiseLike<T>, options: TaskGroupOptions): Promise<T> {
  const group = new Group(options);
  if (group.signal.aborted) await group.end(undefined);
  let value: T;
  try {
    value = await body(group);
  } catch (error) {
    await group.end({ error });
    throw error;
  }
  await group.end(undefined);
  return value;
}
