/** What passes between the thread that gives a job and the worker that does it. Apart, so that the types of the package need none of `node:*`. */
import type { MessagePort } from "node:worker_threads";
import type { WorkerJob } from "@interloop/core";
import type { ErrorMessage } from "./job-errors.ts";

/** What a worker is given. */
export interface JobMessage extends Pick<WorkerJob, "module" | "code" | "args" | "context" | "options"> {
  /** The URL of the adapter's module, which exports `runtime`. */
  readonly adapter: string;
  /** The file of the addon, for workers of a bundle: they would not find by themselves what is beside it. */
  readonly addon: string | undefined;
  readonly port: MessagePort;
  /** The worker sets its one element when the job begins: a message could be late. */
  readonly begun: Int32Array;
}

/** What a worker answers. */
export type JobAnswer = { readonly value: unknown } | { readonly error: ErrorMessage } | "cancelled";
