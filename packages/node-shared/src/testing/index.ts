/** The testing package of the adapters, `@interloop/<runtime>/testing`: what core has, and what needs the process. */
import process from "node:process";
import { isInterloopError } from "@interloop/core";
import { parseArgs, registeredTests, runTests } from "@interloop/core/testing";
import type { Args, Report, Test } from "@interloop/core/testing";

export { parseArgs, Test, test, withLoop } from "@interloop/core/testing";
export type { Args, Report, TestContext, TestOptions, TestResult } from "@interloop/core/testing";

/**
 * Run tests, each in an event loop and a context of its own, one after the other unless `concurrency` says otherwise, and print how they go. A test fails when it throws, takes too long, or leaves tasks, timers, descriptors or threads behind. Does not end the process.
 * Mirrors `pyo3_async_runtimes::testing::test_harness`.
 *
 * @throws Nothing; it rejects with InterloopError `test-twice` when two tests have one name, and `bad-argument` for what is no test. Failures are in the report.
 * @example
 * ```ts
 * import { python } from "@interloop/node";
 * import { Test, testHarness } from "@interloop/node/testing";
 *
 * const leaks = Test.async("leaks a task", ({ loop }) => {
 *   python.exec("import asyncio\nasync def forever(): await asyncio.sleep(3600)");
 *   (loop as any).create_task(python.eval("forever()"));
 * });
 * const { results } = await testHarness([leaks], { quiet: true });
 * console.log((results[0]?.error as any).code); // test-leak
 * ```
 */
export function testHarness(tests: readonly Test[], args: Args = {}): Promise<Report> {
  return runTests(tests, args, (text) => void process.stdout.write(text));
}

/**
 * Run the tests that `test` has registered, as the process's arguments say, and end the process: with status 0 when all passed, 1 when one failed, 2 for wrong arguments. The last statement of a test program.
 * In the function of the runtime's own `main(import.meta, () => testing.main())` the tests run with Python's loops on the process's main thread, which signal handlers and KeyboardInterrupt need.
 * Mirrors `pyo3_async_runtimes::testing::main`.
 *
 * @example
 * ```ts no-run
 * import { main, test } from "@interloop/node/testing";
 *
 * test("adds", () => {
 *   if (1 + 1 !== 2) throw new Error("wrong");
 * });
 * await main();
 * ```
 */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<never> {
  let status = 2;
  try {
    const { failed } = await testHarness(registeredTests(), parseArgs(argv));
    status = failed === 0 ? 0 : 1;
  } catch (error) {
    if (!isInterloopError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
  }
  // A test that never ended may keep something alive.
  process.exit(status);
}
