/**
 * Tests of programs that use interloop: each runs in an event loop and a context of its own, and fails when it leaves something behind.
 *
 * @example
 * ```ts no-run
 * import { python } from "@interloop/deno";
 * import { main, test } from "@interloop/deno/testing";
 *
 * test("sleeps", async () => {
 *   await python.import("asyncio").sleep(0.01);
 * });
 * await main();
 * ```
 */
import "./install.ts";

export * from "@interloop/node-shared/testing";
