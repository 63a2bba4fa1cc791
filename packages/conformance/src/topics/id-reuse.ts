/** The slot of a conversion's id is used again when it has ended: whoever still has the old id cannot reach what came after it. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { plans, planWork, runPlan } from "../id-reuse.ts";
import { caught } from "../py.ts";
import type { Topic } from "../suite.ts";

export const idReuse: Topic = ({ api, capabilities, load, test }) => {
  const { intoAsyncIterable, intoPromise } = api;

  test("leaving a stream that has ended already cancels nothing", async () => {
    const module = load(planWork);
    for (const fails of [false, true]) {
      let stranger: Promise<unknown> | undefined;
      for await (const row of intoAsyncIterable(module.rows(1, 2, 0, fails))) {
        assert.equal(row, "1/0");
        stranger = intoPromise(module.work(2, 2, false, null));
        break;
      }
      assert.equal(await stranger, 2);
    }
  });

  test("a signal reaches only the conversion that it was given to", async () => {
    const module = load(planWork);
    const controller = new AbortController();
    const { signal } = controller;
    const first = intoPromise(module.work(1, 0, false, null), { signal });
    const stranger = intoPromise(module.work(2, 2, false, () => controller.abort(new Error("not for you"))));
    assert.equal(await first, 1);
    assert.equal(await stranger, 2);
  });

  test("a signal for a handle whose conversion has ended reaches nobody", async () => {
    const module = load(planWork);
    const controller = new AbortController();
    const handle = module.work(1, 0, true, null);
    handle.then(undefined, () => undefined);
    const stranger = intoPromise(module.work(2, 2, false, null));
    const again = intoPromise(handle, { signal: controller.signal });
    const error = caught(() => again);
    await Promise.resolve();
    controller.abort(new Error("not for you"));
    assert.equal((await error).name, "KeyError");
    assert.equal(await stranger, 2);
  });

  test(
    "whatever ends, fails, is aborted or left, in whichever order: nobody else hears of it",
    async () => {
      const module = load(planWork);
      await fc.assert(
        fc.asyncProperty(plans, async (plan) => assert.deepEqual(await runPlan(api, module, plan), [])),
        { numRuns: capabilities.nightly ? 5000 : 100 },
      );
    },
    { timeout: capabilities.nightly ? 900_000 : 120_000 },
  );
};
