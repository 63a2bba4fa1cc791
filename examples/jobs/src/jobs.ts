/** Background jobs: begun at once, looked at by id, with a deadline for each. The event loop stays free. */
import { isPyError, python, spawnBlocking } from "@interloop/core";

const work = python.importFile(import.meta, "../python/work.py");
const threading = python.import("threading");

export interface Job {
  readonly id: number;
  readonly progress: number;
  readonly state: "running" | "done" | "stopped" | "failed";
  readonly result?: number;
  readonly error?: string;
}

const jobs = new Map<number, Job>();
const running = new Map<number, { readonly stop: () => void; readonly ended: Promise<Job> }>();

export function jobOf(id: number): Job | undefined {
  return jobs.get(id);
}

function change(id: number, changes: Partial<Job>): Job {
  const job = { ...(jobs.get(id) ?? { id, progress: 0, state: "running" as const }), ...changes };
  jobs.set(id, job);
  return job;
}

/** Begins a job. It is told to stop when its deadline comes. */
export function begin(below: number, { deadline }: { readonly deadline: number }): Job {
  const id = jobs.size + 1;
  const stop = threading.Event();
  const timer = setTimeout(() => stop.set(), deadline);
  const progress = (part: number): void => void change(id, { progress: part });
  const ended = spawnBlocking<number>(work.count_primes, below, progress, stop)
    .then(
      (result) => change(id, { state: "done", progress: 1, result }),
      (failure: Error) => {
        const error = isPyError(failure.cause) ? failure.cause : failure;
        return change(id, { state: error.name === "Stopped" ? "stopped" : "failed", error: error.message });
      },
    )
    .finally(() => clearTimeout(timer));
  running.set(id, { stop: () => stop.set(), ended });
  return change(id, {});
}

/** Tells a job to stop. */
export function stop(id: number): void {
  running.get(id)?.stop();
}

/** The job when it has ended. */
export function ended(id: number): Promise<Job> | undefined {
  return running.get(id)?.ended;
}
