import { describe } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { isolate } from "./isolate.ts";
import type { TestContext } from "./test.ts";

/**
 * A test for another runner (vitest, `node:test`, `Deno.test`, `bun:test`): it runs `fn` in a loop and a context of its own, and fails when it leaves tasks, timers or threads behind. Such tests run one after the other. Time limits are the runner's.
 *
 * @throws InterloopError `bad-argument` for what is no function.
 * @example
 * ```ts
 * import { python } from "@interloop/node";
 * import { withLoop } from "@interloop/node/testing";
 *
 * const body = withLoop(async ({ loop }) => {
 *   console.log(python.is(python.import("asyncio").get_event_loop(), loop)); // true
 *   console.log(await python.import("asyncio").sleep(0.01, "slept")); // slept
 * });
 * await body(); // vitest: test("sleeps", withLoop(async () => { ... }))
 * ```
 */
export function withLoop(fn: (context: TestContext) => unknown): () => Promise<void> {
  if (typeof fn !== "function") throw new InterloopError("bad-argument", `withLoop takes a function, not ${describe(fn)}`);
  // Without parameters: to some runners one means a callback.
  return async () => isolate(fn, { timeout: 0, alone: true });
}
