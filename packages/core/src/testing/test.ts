import type { PyObject } from "../environment/py-object.ts";
import { describe } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import type { TaskLocals } from "../runtime/task-locals.ts";

/** What the function of a test is given. */
export interface TestContext {
  /** The test's own event loop, which is the current one. */
  readonly loop: PyObject;
  /** The test's own task-locals: its loop, and a context of its own. */
  readonly locals: TaskLocals;
  /** Aborts when the test's time is up. */
  readonly signal: AbortSignal;
}

/** Options of a test. */
export interface TestOptions {
  /** How long the test may take, in milliseconds; 0 is for ever. What {@link Args.timeout} says unless given. */
  readonly timeout?: number;
}

/**
 * A test, for {@link testHarness}. Mirrors `pyo3_async_runtimes::testing::Test`.
 *
 * @example
 * ```ts
 * import { python } from "@interloop/node";
 * import { Test, testHarness } from "@interloop/node/testing";
 *
 * const tests = [
 *   Test.async("sleeps", async () => {
 *     await python.import("asyncio").sleep(0.01);
 *   }),
 *   Test.sync("adds", () => {
 *     if (1 + 1 !== 2) throw new Error("wrong");
 *   }),
 * ];
 * const report = await testHarness(tests, { quiet: true });
 * console.log(report.passed, report.failed); // 2 0
 * ```
 */
export class Test {
  readonly name: string;
  /** A synchronous test that returns a promise fails. */
  readonly isSync: boolean;
  readonly fn: (context: TestContext) => unknown;
  readonly options: TestOptions;

  private constructor(name: string, isSync: boolean, fn: (context: TestContext) => unknown, options: TestOptions) {
    if (typeof name !== "string" || name.trim() === "" || name.includes("\n"))
      throw new InterloopError("bad-argument", `A test needs a name of one line, not ${describe(name)}`);
    if (typeof fn !== "function") throw new InterloopError("bad-argument", `The test "${name}" needs a function, not ${describe(fn)}`);
    const { timeout } = options;
    if (timeout !== undefined && !(timeout >= 0))
      throw new InterloopError("bad-argument", `The option "timeout" of the test "${name}" must be a number of milliseconds, not ${String(timeout)}`);
    this.name = name;
    this.isSync = isSync;
    this.fn = fn;
    this.options = options;
  }

  /**
   * A test that may wait. Mirrors `Test::new_async`.
   *
   * @throws InterloopError `bad-argument` without a name or a function.
   */
  static async(name: string, fn: (context: TestContext) => unknown, options: TestOptions = {}): Test {
    return new Test(name, false, fn, options);
  }

  /**
   * A test that does not wait. Mirrors `Test::new_sync`.
   *
   * @throws InterloopError `bad-argument` without a name or a function.
   */
  static sync(name: string, fn: (context: TestContext) => unknown, options: TestOptions = {}): Test {
    return new Test(name, true, fn, options);
  }
}

const registered: Test[] = [];

/**
 * Register a test for `main`. Mirrors `#[pyo3_async_runtimes::tokio::test]`.
 *
 * @throws InterloopError `bad-argument` without a name or a function; `test-twice` for a name that is taken.
 * @example
 * ```ts
 * import { python } from "@interloop/node";
 * import { test } from "@interloop/node/testing";
 *
 * test("sleeps on its own loop", async ({ loop }) => {
 *   if (!python.is(python.import("asyncio").get_event_loop(), loop)) throw new Error("another loop");
 * });
 * ```
 */
export function test(name: string, fn: (context: TestContext) => unknown, options: TestOptions = {}): void {
  const added = Test.async(name, fn, options);
  refuseTwins([...registered, added]);
  registered.push(added);
}

/** The tests that {@link test} has registered. */
export function registeredTests(): readonly Test[] {
  return registered;
}

/** Throws `test-twice` when two tests have one name. */
export function refuseTwins(tests: readonly Test[]): void {
  const names = new Set<string>();
  for (const { name } of tests) {
    if (names.has(name)) throw new InterloopError("test-twice", `Two tests are called "${name}": give each a name of its own, by which it can be chosen`);
    names.add(name);
  }
}
