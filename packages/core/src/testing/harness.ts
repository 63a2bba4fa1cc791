import { describe } from "../environment/refs.ts";
import { InterloopError, isPyError } from "../errors.ts";
import type { Args } from "./args.ts";
import { isolate } from "./isolate.ts";
import { lender } from "./main-thread.ts";
import { plainReporter, tapReporter } from "./report.ts";
import type { Report, Reporter, TestResult } from "./report.ts";
import { refuseTwins, Test } from "./test.ts";

const TIMEOUT = 30_000;

const silent: Reporter = { begin() {}, result() {}, end() {} };

/** Run tests, and write what happens through `write`: {@link testHarness} without a runtime. */
export async function runTests(tests: readonly Test[], args: Args, write: (text: string) => void): Promise<Report> {
  for (const each of tests)
    if (!(each instanceof Test)) throw new InterloopError("bad-argument", `testHarness takes tests made by Test.async or Test.sync, not ${describe(each)}`);
  refuseTwins(tests);
  const chosen = tests.filter(({ name }) => isChosen(name, args));
  const filtered = tests.length - chosen.length;
  if (args.list === true) {
    for (const { name } of chosen) write(`${name}\n`);
    return { passed: 0, failed: 0, filtered, results: [] };
  }
  const concurrency = args.concurrency ?? 1;
  if (concurrency > 1 && lender() !== undefined)
    throw new InterloopError("bad-argument", "Inside main() tests run one after the other, for there is one main thread: leave concurrency at 1");
  const reporter = args.quiet === true ? silent : args.reporter === "tap" ? tapReporter(write) : plainReporter(write);
  reporter.begin(chosen.length);
  const results: TestResult[] = [];
  const waiting = [...chosen];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await runOne(next, args.timeout ?? TIMEOUT, concurrency === 1);
      results.push(result);
      reporter.result(result, results.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, chosen.length) }, work));
  const passed = results.filter(({ ok }) => ok).length;
  const report = { passed, failed: results.length - passed, filtered, results };
  reporter.end(report);
  return report;
}

function isChosen(name: string, { filter = [], exact = false }: Args): boolean {
  return filter.length === 0 || filter.some((part) => (exact ? name === part : name.includes(part)));
}

async function runOne({ name, fn, isSync, options }: Test, timeout: number, alone: boolean): Promise<TestResult> {
  const begun = performance.now();
  const checked = (context: Parameters<typeof fn>[0]): unknown => {
    const result = fn(context);
    if (isSync && typeof (result as PromiseLike<unknown> | undefined)?.then === "function")
      throw new InterloopError("bad-argument", "A synchronous test has returned a promise: make it with Test.async");
    return result;
  };
  try {
    await isolate(checked, { timeout: options.timeout ?? timeout, alone });
    return { name, ok: true, duration: performance.now() - begun, error: undefined };
  } catch (error) {
    // Somebody wants the program to end, not this test to fail.
    if (isPyError(error) && error.matches("KeyboardInterrupt")) throw error;
    return { name, ok: false, duration: performance.now() - begun, error };
  }
}
