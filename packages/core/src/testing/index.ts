/** Tests of programs that use interloop, each in an event loop of its own: the part that needs no runtime. Programs import `@interloop/node/testing`, `@interloop/deno/testing` or `@interloop/bun/testing`. */
export { parseArgs, usage } from "./args.ts";
export type { Args } from "./args.ts";
export { runTests } from "./harness.ts";
export type { Report, TestResult } from "./report.ts";
export { registeredTests, Test, test } from "./test.ts";
export type { TestContext, TestOptions } from "./test.ts";
export { withLoop } from "./with-loop.ts";
