/** JS jobs on worker threads, from the side of those who give them. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { MessageChannel } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { InterloopError } from "@interloop/core";
import type { WorkerJob } from "@interloop/core";
import type { Piscina } from "piscina";
import { fromMessage, toMessage } from "./job-errors.ts";
import type { JobAnswer, JobMessage } from "./job-message.ts";
import { Slots } from "./slots.ts";
import type { RuntimeName } from "./detect-runtime.ts";
import { workerFiles } from "./worker-files.ts";
import type { WorkerFiles } from "./worker-files.ts";

/** How long a job that was aborted may go on before its worker is ended, in milliseconds. */
const GRACE = 1000;

/** How long a worker waits for another job before it ends, in milliseconds. */
const IDLE = 10_000;

/**
 * How a runtime whose workers are those of `node:worker_threads` runs jobs. `adapter` is the URL of the module that exports it as `runtime`, which a bundle may not have. `environment` gives the variables
 * of the workers, where they are not to have all.
 */
export function jobRunner(
  adapter: string | undefined,
  name: RuntimeName,
  environment?: () => Readonly<Record<string, string>> | undefined,
): (job: WorkerJob) => Promise<unknown> {
  let workers: Promise<Workers> | undefined;
  return async (job) => {
    refuseMissing(job.module);
    workers ??= workerFiles(import.meta.url, adapter, name).then((files) => makeWorkers(job.pool, files, environment?.()));
    return (await workers).run(job);
  };
}

function makeWorkers(
  { size = availableParallelism(), queue }: WorkerJob["pool"],
  files: WorkerFiles,
  env: Readonly<Record<string, string>> | undefined,
): Workers {
  const { Piscina } = files.piscina as typeof import("piscina");
  // Without atomics a worker's own event loop goes on between two jobs, and Python's loop with it.
  const pool = new Piscina({
    filename: files.worker,
    minThreads: 0,
    maxThreads: size,
    maxQueue: Infinity,
    idleTimeout: IDLE,
    atomics: "disabled",
    ...(env === undefined ? {} : { env: { ...env } }),
  });
  return new Workers(pool, size, queue, files);
}

class Workers {
  readonly #pool: Piscina;
  readonly #files: WorkerFiles;
  readonly #size: number;
  readonly #queue: number;
  // The pool has a queue of its own, but once all its workers have died nothing would take from that.
  readonly #slots: Slots;
  readonly #running = new Set<Stop>();
  readonly #known = new WeakSet<object>();

  constructor(pool: Piscina, size: number, queue: number, files: WorkerFiles) {
    this.#files = files;
    this.#pool = pool;
    this.#size = size;
    this.#queue = queue;
    this.#slots = new Slots(size, queue);
    pool.on("error", (error: unknown) => {
      // While jobs are queued no worker is idle: this one was still starting.
      if (this.#pool.queueSize > 0) {
        this.#failQueued(error);
        return;
      }
      // Nobody waits for what a job has left behind: it is reported as any rejection that nobody handles.
      void Promise.reject(new InterloopError("worker-died", "A worker ended between two jobs", { cause: error }));
    });
  }

  /** A worker may end before it is ready to take a job, and the pool starts no other one for the jobs that it has queued. */
  #watchThreads(): void {
    for (const worker of this.#pool.threads) {
      if (this.#known.has(worker)) continue;
      this.#known.add(worker);
      worker.once("exit", (code) => this.#failQueued(new Error(`worker exited with code: ${code}`)));
    }
  }

  /** End the jobs that have not begun, when no worker is left to take them. */
  #failQueued(error: unknown): void {
    if (this.#pool.queueSize > 0 && this.#pool.threads.length === 0) for (const job of this.#running) job.fail(error);
  }

  async run(job: WorkerJob): Promise<unknown> {
    if (this.#slots.isFull) {
      throw new InterloopError(
        "pool-full",
        `All ${this.#size} workers are in use and ${this.#queue} jobs wait already: await some first, or enlarge pools.workers in init()`,
      );
    }
    await this.#slots.take(job.signal);
    const { port1, port2 } = new MessageChannel();
    const stop = new Stop(job.signal, port1);
    this.#running.add(stop);
    try {
      const answer = stop.answer();
      const { module, code, args, context, options } = job;
      const { adapter, addon } = this.#files;
      const message: JobMessage = { module, code, args, context, options, adapter, addon, port: port2, begun: stop.begun };
      const run = this.#pool.run(message, { transferList: [port2, ...(job.transfer as ArrayBuffer[])], signal: stop.kill });
      this.#watchThreads();
      await run;
      const outcome = await answer;
      if (outcome === "cancelled") throw job.signal.reason;
      if ("error" in outcome) throw fromMessage(outcome.error);
      return outcome.value;
    } catch (error) {
      if (stop.failure !== undefined) throw explain(stop.failure);
      throw stop.kill.aborted ? job.signal.reason : stop.answered ? error : explain(error);
    } finally {
      this.#running.delete(stop);
      this.#slots.giveBack();
      stop.end();
      port1.close();
      port2.close();
    }
  }
}

/** Telling a job to stop, and hearing of it. */
class Stop {
  answered = false;
  /** Why no worker has taken the job. */
  failure: unknown = undefined;
  readonly begun = new Int32Array(new SharedArrayBuffer(4));
  readonly #signal: AbortSignal;
  readonly #port: MessagePort;
  readonly #kill = new AbortController();
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(signal: AbortSignal, port: MessagePort) {
    this.#signal = signal;
    this.#port = port;
    signal.addEventListener("abort", this.#abort);
  }

  /** Aborts when the worker is to be ended. */
  get kill(): AbortSignal {
    return this.#kill.signal;
  }

  answer(): Promise<JobAnswer> {
    return new Promise((resolve) => {
      this.#port.on("message", (answer: JobAnswer) => {
        this.answered = true;
        resolve(answer);
      });
    });
  }

  /** End the job, unless it has begun. */
  fail(error: unknown): void {
    if (Atomics.load(this.begun, 0) !== 0 || this.kill.aborted) return;
    this.failure = error;
    this.#kill.abort();
  }

  end(): void {
    this.#signal.removeEventListener("abort", this.#abort);
    clearTimeout(this.#timer);
  }

  readonly #abort = (): void => {
    if (Atomics.load(this.begun, 0) === 0) {
      this.#kill.abort();
      return;
    }
    this.#port.postMessage(toMessage(this.#signal.reason));
    this.#timer = setTimeout(() => this.#kill.abort(), GRACE);
  };
}

/** What failed before the job could say anything: it could not be sent, or its worker is gone. */
function explain(error: unknown): InterloopError {
  const { name, message } = error as Error;
  if (name === "DataCloneError") {
    return new InterloopError(
      "not-cloneable",
      `An argument of the job cannot be sent to a worker (${message}); Python objects and functions stay where they are`,
      {
        cause: error,
      },
    );
  }
  return new InterloopError("worker-died", `The worker ended before its job did (${message}); another one takes its place`, { cause: error });
}

function refuseMissing(module: string | undefined): void {
  if (module?.startsWith("file:") === true && !existsSync(fileURLToPath(module)))
    throw new InterloopError("job-not-found", `There is no file "${fileURLToPath(module)}" to take a job from`);
}
