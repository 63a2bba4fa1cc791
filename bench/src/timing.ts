/** How long an await of a Python coroutine takes: one at a time, and with a thousand in flight. */

type Coroutine = () => PromiseLike<unknown>;

const IN_FLIGHT = 1000;

/** Microseconds per await. */
export async function oneAtATime(fn: Coroutine, count: number): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < count; done++) await fn();
  return ((performance.now() - start) / count) * 1000;
}

/** The same with a thousand in flight. */
export async function inFlight(fn: Coroutine, count: number): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < count; done += IN_FLIGHT) {
    const waiting: PromiseLike<unknown>[] = [];
    for (let next = 0; next < IN_FLIGHT; next++) waiting.push(fn());
    await Promise.all(waiting);
  }
  return ((performance.now() - start) / count) * 1000;
}
