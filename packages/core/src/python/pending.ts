/** What is pending in Python, and whether it keeps the process alive. */
import { callBridge } from "../environment/bridge-functions.ts";
import { binding, environment } from "../environment/environment.ts";
import { toJs } from "./convert.ts";
import { openLoop } from "../loop/hosted.ts";
import { ensure } from "../start/start.ts";

/** Something that is pending in Python. */
export interface Pending {
  /** A descriptor that is waited for (`reader`, `writer`), a timer, a task, a subprocess, a thread that is no daemon, or a job of an executor. */
  readonly kind: "reader" | "writer" | "timer" | "task" | "process" | "thread" | "job";
  /** The task, thread, callback or descriptor, in words. */
  readonly what: string;
  /** File and line: where a thread was started, and in asyncio's debug mode where any other was made. Without it, where a task stands, or the function that is called. */
  readonly where: string | undefined;
  /** Whether it keeps the process, or the worker, alive. A task that JS does not await does not. */
  readonly keepsAlive: boolean;
}

/** The part of {@link Python} that concerns the end of the process. */
export interface PythonPending {
  /**
   * What is pending on the default loop, and which of Python's threads run: what keeps a program from coming to its end, and what else there is. {@link shutdown} ends what runs on the loop; {@link PythonPending.unref} lets
   * the process end all the same. Where the runtime has `process.getActiveResourcesInfo()`, that names what keeps the process alive as well: `PythonReader`, `PythonTimer`, `PythonTask` and so on.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const never = python.import("asyncio").sleep(3600).then(undefined, () => undefined);
   * for (const { kind, what, keepsAlive } of python.pending()) if (kind === "task") console.log(what.includes("sleep"), keepsAlive); // true true
   * python.unref();
   * ```
   */
  pending(): Pending[];
  /**
   * From now on nothing of what {@link PythonPending.pending} lists keeps the process, or the worker, alive: it ends when JS has nothing more to do, and what is pending then is cancelled, as at any end. `unref(false)` takes
   * that back.
   *
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * python.import("asyncio").sleep(3600).then(undefined, () => undefined);
   * python.unref(); // the program ends here
   * ```
   */
  unref(unreffed?: boolean): void;
}

const kinds = {
  reader: "PythonReader",
  writer: "PythonWriter",
  timer: "PythonTimer",
  task: "PythonTask",
  process: "PythonProcess",
  thread: "PythonThread",
  job: "PythonJob",
};

export function pending(): Pending[] {
  ensure();
  const rows = toJs<[Pending["kind"], string, string | null, boolean][]>(callBridge("pending", openLoop() ?? null));
  return rows.map(([kind, what, where, keepsAlive]) => ({ kind, what, where: where ?? undefined, keepsAlive }));
}

export function unref(unreffed = true): void {
  ensure();
  binding.setReffed(!unreffed);
}

/** For `process.getActiveResourcesInfo()`: the names of what keeps the process alive. */
export function activeResources(): string[] {
  if (environment?.info === undefined) return [];
  return pending()
    .filter((each) => each.keepsAlive)
    .map((each) => kinds[each.kind]);
}
