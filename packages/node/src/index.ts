/**
 * interloop for Node: promises and Python coroutines await each other inside one process. Importing this package installs the adapter; Python starts when it is first used.
 *
 * @example
 * ```ts
 * import { python } from "@interloop/node";
 *
 * const asyncio = python.import("asyncio");
 * await asyncio.sleep(0.01);
 * ```
 */
import "./install.ts";

export * from "@interloop/core";
export { init } from "@interloop/node-shared";
export type { FileInitOptions as NodeInitOptions } from "@interloop/node-shared";
