/** How many jobs of {@link spawnBlocking} run at once, and how many may wait: a part of the options of {@link init}. */
import { InterloopError } from "../errors.ts";

/** How large a pool is. */
export interface PoolOptions {
  /** How many jobs run at once. Unless given: as many as Python's executors have threads, as many workers as the machine has processors. */
  readonly size?: number;
  /** How many jobs may wait beyond these; 1024 unless given. One more throws `pool-full`. */
  readonly queue?: number;
}

/** The pools of {@link spawnBlocking}. */
export interface PoolsOptions {
  /** The threads that run Python functions. */
  readonly threads?: PoolOptions;
  /** The workers that run JS functions. */
  readonly workers?: PoolOptions;
}

/** Jobs that may wait in a pool, unless `init` says otherwise. */
export const QUEUE = 1024;

const pools = ["threads", "workers"] as const;
const sizes = { size: 1, queue: 0 };

/** Throws `bad-argument` for what cannot be. */
export function validatePools(options: PoolsOptions | undefined): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null)
    throw new InterloopError("bad-argument", 'The option "pools" must be an object with "threads" and "workers"');
  for (const [name, pool] of Object.entries(options) as [string, PoolOptions | undefined][]) {
    if (!(pools as readonly string[]).includes(name)) throw new InterloopError("bad-argument", `There is no pool "${name}"; there are "threads" and "workers"`);
    if (pool !== undefined) validatePool(name, pool);
  }
}

function validatePool(name: string, pool: PoolOptions): void {
  if (typeof pool !== "object" || pool === null) throw new InterloopError("bad-argument", `The pool "${name}" must be an object with "size" and "queue"`);
  for (const [option, value] of Object.entries(pool) as [string, unknown][]) {
    const least = (sizes as Record<string, number | undefined>)[option];
    if (least === undefined) throw new InterloopError("bad-argument", `The pool "${name}" has no option "${option}"; it has "size" and "queue"`);
    if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= least))
      throw new InterloopError("bad-argument", `The option "${option}" of the pool "${name}" must be a whole number from ${least} on, not ${String(value)}`);
  }
}

/** Throws `already-initialized` when these are not the pools that were chosen before. */
export function refuseOtherPools(chosen: PoolsOptions | undefined, before: PoolsOptions | undefined): void {
  if (chosen === undefined || JSON.stringify(chosen) === JSON.stringify(before)) return;
  throw new InterloopError("already-initialized", 'interloop is already initialized with other "pools"; call init() once, before anything else');
}
