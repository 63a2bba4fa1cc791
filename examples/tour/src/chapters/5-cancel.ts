import { intoPromise, promiseIntoPy, python } from "@interloop/core";
import { chapter, delay, holds, say } from "../story.ts";

/** An AbortSignal cancels a Task; a cancelled Future aborts a signal. */
export async function cancel(): Promise<void> {
  chapter("Cancellation crosses both ways");

  const patience = python.import("patience");
  const controller = new AbortController();
  const reason = new Error("the shop closes");
  const waiting = intoPromise(patience.wait_for_tea(), { signal: controller.signal });
  await delay(10);
  controller.abort(reason);
  const outcome: unknown = await waiting.then(undefined, (error: unknown) => error);
  const diary = python.toJs<string[]>(patience.diary);
  say(`controller.abort() while Python waits; Python's diary: ${diary.join(", ")}`);
  holds("the Task was cancelled, its finally block awaited, and then the promise rejected with the signal's reason", outcome === reason && diary.length === 3);

  let heard = "nothing";
  const slow = promiseIntoPy(
    ({ signal }) =>
      new Promise((_resolve, reject) => {
        const timer = setTimeout(reject, 30_000, new Error("nobody cancelled"));
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          heard = "abort";
          reject(signal.reason as Error);
        });
      }),
  );
  const verdict = (await patience.at_most(slow, 0.02)) as string;
  say(`asyncio.wait_for(..., 0.02) on a TypeScript function: Python saw ${verdict}, TypeScript heard "${heard}"`);
  holds("Python's timeout aborted the AbortSignal of the function", verdict === "TimeoutError" && heard === "abort");
}
