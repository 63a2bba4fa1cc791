/**
 * interloop for Bun: promises and Python coroutines await each other inside one process. Importing this package installs the adapter; Python starts when it is first used.
 *
 * @example
 * ```ts no-run
 * import { python } from "@interloop/bun";
 *
 * const asyncio = python.import("asyncio");
 * await asyncio.sleep(0.01);
 * ```
 */
import "./install.ts";

export * from "@interloop/core";
export { init } from "@interloop/node-shared";
export type { FileInitOptions as BunInitOptions } from "@interloop/node-shared";
