/**
 * Random mixtures of conversions whose ids' slots are used again at once: some end in their first step, some later, some fail, some are cancelled at any moment, some begin others while they start, and streams
 * are left early. What nobody cancels must end as it would by itself.
 */
import fc from "fast-check";
import type { Py } from "./py.ts";

/** When the signal of a conversion aborts: never, in its first step, in the first step of the next one, or after so many microtasks or macrotasks. */
type Moment = "never" | "own first step" | "next first step" | { readonly microtasks: number } | { readonly turns: number };

interface Work {
  readonly kind: "work";
  /** How many turns of the Python loop it takes. */
  readonly turns: number;
  readonly fails: boolean;
  readonly abort: Moment;
  /** The handle has been awaited already when the signal comes into play. */
  readonly awaitedBefore: boolean;
  /** Begun by Python's call in the first step of another conversion. */
  readonly nested: boolean;
}

interface Stream {
  readonly kind: "stream";
  readonly items: number;
  readonly turns: number;
  readonly fails: boolean;
  readonly mark: number;
  readonly taken: number;
  readonly leave: "return" | "throw" | "read on";
}

/** What is done between one operation and the next. */
export type Plan = readonly { readonly operation: Work | Stream; readonly microtasks: number; readonly turn: boolean }[];

const few = fc.nat(3);
const moment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Moment>("never") },
  fc.constant<Moment>("own first step"),
  fc.constant<Moment>("next first step"),
  fc.record({ microtasks: fc.nat(6) }),
  fc.record({ turns: few }),
);
const work: fc.Arbitrary<Work> = fc.record({
  kind: fc.constant("work"),
  turns: few,
  fails: fc.boolean(),
  abort: moment,
  awaitedBefore: fc.boolean(),
  nested: fc.boolean(),
});
const stream: fc.Arbitrary<Stream> = fc.record({
  kind: fc.constant("stream"),
  items: fc.nat(5),
  turns: fc.nat(1),
  fails: fc.boolean(),
  mark: fc.constantFrom(1, 2, 16),
  taken: fc.nat(4),
  leave: fc.constantFrom("return", "throw", "read on"),
});

export const plans: fc.Arbitrary<Plan> = fc.array(
  fc.record({ operation: fc.oneof({ weight: 2, arbitrary: work }, { weight: 1, arbitrary: stream }), microtasks: few, turn: fc.boolean() }),
  { minLength: 1, maxLength: 24 },
);

/** The Python half of {@link runPlan}. */
export const planWork = `
import asyncio
cancelled = set()
async def work(token, turns, fails, step):
    try:
        if step is not None:
            step()
        del step
        for _ in range(turns):
            await asyncio.sleep(0)
        if fails:
            raise KeyError(token)
        return token
    except asyncio.CancelledError:
        cancelled.add(token)
        raise
async def rows(token, items, turns, fails):
    try:
        for item in range(items):
            for _ in range(turns):
                await asyncio.sleep(0)
            yield "%d/%d" % (token, item)
        if fails:
            raise KeyError(token)
    except asyncio.CancelledError:
        cancelled.add(token)
        raise
def was_cancelled(token):
    return token in cancelled
def forget():
    cancelled.clear()
`;

/** Runs a plan, and says what came otherwise than it must. Its text is used in other processes as well, so it knows what it is given only. */
export async function runPlan(api: Py, module: Py, plan: Plan): Promise<string[]> {
  const wrong: string[] = [];
  const running: Promise<void>[] = [];
  let onNextStep: (() => void)[] = [];
  const wait = async (microtasks: number, turns: number): Promise<void> => {
    for (let n = 0; n < microtasks; n++) await Promise.resolve();
    for (let n = 0; n < turns; n++) await new Promise((resolve) => setTimeout(resolve));
  };
  const settled = (promise: Promise<unknown>): Promise<{ value: unknown; error?: Py }> =>
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ value: undefined, error }),
    );
  const isOwnError = (error: Py, token: number): boolean => error?.name === "KeyError" && String(error.message).includes(String(token));

  const begin = (operation: Work, token: number): void => {
    const { turns, fails, abort, awaitedBefore } = operation;
    const controller = new AbortController();
    const reason = new Error(`abort ${token}`);
    const stop = (): void => controller.abort(reason);
    const step = (): void => {
      const told = onNextStep;
      onNextStep = [];
      for (const tell of told) tell();
      if (abort === "own first step") stop();
      else if (abort === "next first step") onNextStep.push(stop);
    };
    const handle = module.work(token, turns, fails, step);
    if (awaitedBefore) handle.then(undefined, () => undefined);
    const promise = api.intoPromise(handle, { signal: controller.signal }) as Promise<unknown>;
    if (typeof abort === "object") void ("turns" in abort ? wait(0, abort.turns) : wait(abort.microtasks, 0)).then(stop);
    running.push(
      settled(promise).then(({ value, error }) => {
        const own = fails ? isOwnError(error, token) : error === undefined && value === token;
        const aborted = abort !== "never" && error === reason;
        if (!own && !aborted) wrong.push(`work ${token} ${JSON.stringify(operation)}: ${error === undefined ? String(value) : String(error)}`);
        if (abort === "never" && module.was_cancelled(token) === true) wrong.push(`work ${token} ${JSON.stringify(operation)} was cancelled`);
      }),
    );
  };

  const read = async (operation: Stream, token: number): Promise<void> => {
    const { items, turns, fails, mark, taken, leave } = operation;
    const iterator = api.intoAsyncIterable(module.rows(token, items, turns, fails), { highWaterMark: mark }) as AsyncIterator<unknown>;
    const say = (what: string): void => void wrong.push(`stream ${token} ${JSON.stringify(operation)}: ${what}`);
    let ended = false;
    const most = leave === "read on" ? items + 1 : taken;
    for (let item = 0; item < most && !ended; item++) {
      const { value, error } = await settled(iterator.next());
      const step = value as IteratorResult<unknown> | undefined;
      ended = error !== undefined || step!.done === true;
      const last = item >= items;
      if (error !== undefined ? !(last && fails && isOwnError(error, token)) : step!.done === true ? !(last && !fails) : step!.value !== `${token}/${item}`) {
        say(error === undefined ? JSON.stringify(step) : String(error));
      }
    }
    if (leave === "read on" && module.was_cancelled(token) === true) say("was cancelled");
    if (leave === "return") {
      const { error } = await settled(iterator.return!());
      if (error !== undefined) say(`return() rejected: ${String(error)}`);
    } else if (leave === "throw") {
      const mine = new Error(`thrown ${token}`);
      const { error } = await settled(iterator.throw!(mine));
      if (error !== mine) say(`throw() gave ${String(error)}`);
    }
  };

  for (const [token, { operation, microtasks, turn }] of plan.entries()) {
    if (operation.kind === "stream") running.push(read(operation, token));
    else if (operation.nested) {
      // Python is in the first step of one conversion when the other begins.
      const outer = 1000 + token;
      const promise = api.intoPromise(module.work(outer, 1, false, () => begin(operation, token))) as Promise<unknown>;
      running.push(
        settled(promise).then(({ value, error }) => {
          if (value !== outer) wrong.push(`the one around ${token}: ${error === undefined ? String(value) : String(error)}`);
        }),
      );
    } else begin(operation, token);
    await wait(microtasks, turn ? 1 : 0);
  }
  // What is nested adds to the list while it is waited for.
  for (let next = 0; next < running.length; next++) await running[next];
  module.forget();
  return wrong;
}
