/** Rings across the border, which neither collector could break: ordinary programs must not make them. The census after each test tells. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { later, turn } from "../py.ts";
import { withExport } from "../exporting.ts";
import type { Topic } from "../suite.ts";

/** Often enough for what is left behind to be more than what some collection may still have had to take away before. */
async function often(body: () => Promise<void>): Promise<void> {
  for (let time = 0; time < 10; time++) await body();
}

export const referenceCycles: Topic = ({ api, test, load }) => {
  const { getCurrentLocals, getCurrentSignal, python } = api;
  const needs = "asyncLocalStorage";
  const storage = new AsyncLocalStorage<Map<string, unknown>>();

  test(
    "what listens to the signal of a call holds a Task that was made in it",
    async () => {
      const module = load(`
        import asyncio
        async def work(seconds):
            await asyncio.sleep(seconds)
            return "done"
        async def completing(js):
            return await js(0)
        async def cancelling(js):
            task = asyncio.ensure_future(js(60))
            await asyncio.sleep(0.001)
            task.cancel("enough")
            try:
                await task
            except asyncio.CancelledError:
                return "cancelled"
      `);
      const ended: Promise<void>[] = [];
      const js = async (seconds: number): Promise<unknown> => {
        const signal = getCurrentSignal();
        const task = python.import("asyncio").ensure_future(module.work(seconds));
        const over = new Promise<void>((resolve) => task.add_done_callback(() => resolve()));
        ended.push(over);
        signal.addEventListener("abort", () => void task.cancel());
        await over;
        signal.throwIfAborted();
        return task.result() as unknown;
      };
      await often(() =>
        storage.run(new Map(), async () => {
          assert.equal(await module.completing(js), "done");
          assert.equal(await module.cancelling(js), "cancelled");
        }),
      );
      await Promise.all(ended);
      await turn();
    },
    { needs },
  );

  const request = `
    import asyncio, contextvars
    user = contextvars.ContextVar("user")
    async def handle(js):
        user.set("ada")
        await asyncio.sleep(0)
        return await js()
    def on_a_thread(js):
        return asyncio.run(handle(js))
    async def elsewhere(js):
        return await asyncio.to_thread(on_a_thread, js)
    async def read():
        return user.get()
  `;

  test(
    "a store keeps promises and locals of a call, whose context has variables of the program's",
    async () => {
      const module = load(request);
      const inStore = <T>(fn: () => Promise<T>): Promise<T> => storage.run(new Map(), fn);
      const js = async (): Promise<unknown> => {
        const store = storage.getStore()!;
        store.set("locals", getCurrentLocals());
        store.set("promise", later("cached"));
        await store.get("promise");
        return await module.read();
      };
      await often(async () => assert.equal(await inStore(() => module.handle(js)), "ada"));
      await withExport(api, js, (exported) => often(async () => assert.equal(await inStore(() => module.elsewhere(exported)), "ada")));
    },
    { needs },
  );
};
