/** A test in a loop and a context of its own, and what it leaves behind. */
import { callBridge, callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";
import { InterloopError } from "../errors.ts";
import { run } from "../run/run.ts";
import { ensure } from "../start/start.ts";
import { getRuntime } from "../runtime/runtime.ts";
import { scope } from "../runtime/scope.ts";
import { watchTasks } from "../task/task.ts";
import { TaskLocals } from "../runtime/task-locals.ts";
import { handlersLeft, lender, runOnMainThread } from "./main-thread.ts";
import type { TestContext } from "./test.ts";

/** How a test is run. */
export interface Isolation {
  /** Its time, in milliseconds; 0 is for ever. */
  readonly timeout: number;
  /** No other test runs meanwhile: it has the main thread, under `main()`, or a GuestLoop on this one, and all threads that begin are its own. */
  readonly alone: boolean;
}

// How often, with a macrotask in between, what is about to end is given the time to.
const PATIENCE = 8;

/** Run `fn` in a loop and a context of its own, in which every test runs; rejects when it fails, takes too long, or leaves something behind. */
export async function isolate(fn: (context: TestContext) => unknown, { timeout, alone }: Isolation): Promise<void> {
  ensure();
  const before = callBridge("running_threads") as PyObject;
  // What runs beside this test cannot be told apart from it.
  const tasks = alone ? watchTasks() : undefined;
  let leaks: string | undefined;
  const inLoop = async (loop: PyObject): Promise<void> => {
    const locals = new TaskLocals(loop).withContext(callBridgeInContext("new_context") as PyObject);
    try {
      await withTimeout((signal) => scope(locals, () => fn({ loop, locals, signal })), timeout);
    } finally {
      leaks = await found(() => [tasks?.left() ?? "", callBridge("left_on_loop", loop) as string].filter(Boolean).join("\n"));
      tasks?.end();
    }
  };
  const main = lender();
  if (main !== undefined) await runOnMainThread(main, inLoop);
  else await run(({ locals }) => inLoop(locals.eventLoop), alone ? { loop: callBridge("guest_factory") as PyObject } : {});
  leaks ??= alone ? await found(() => callBridge("left_threads", before) as string) : undefined;
  if (main !== undefined) leaks = [leaks, handlersLeft(main)].filter(Boolean).join("\n") || undefined;
  if (leaks !== undefined) throw new InterloopError("test-leak", `The test has left behind:\n${leaks}`);
}

/** What is left, once it has been there again and again. */
async function found(left: () => string): Promise<string | undefined> {
  for (let look = 1; ; look++) {
    const text = left();
    if (text === "") return undefined;
    if (look === PATIENCE) return text;
    await new Promise<void>((resolve) => void getRuntime().timer(look, resolve));
  }
}

async function withTimeout(fn: (signal: AbortSignal) => unknown, timeout: number): Promise<void> {
  const controller = new AbortController();
  let cancel = (): void => {};
  const timeUp = new Promise<never>((_, reject) => {
    if (timeout === 0) return;
    cancel = getRuntime().timer(timeout, () => {
      const error = new InterloopError("test-timeout", `The test had not ended after ${timeout} ms`);
      controller.abort(error);
      reject(error);
    });
  });
  try {
    await Promise.race([fn(controller.signal), timeUp]);
  } finally {
    cancel();
  }
}
