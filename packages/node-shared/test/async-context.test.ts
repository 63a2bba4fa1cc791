import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import type { TaskLocals } from "@interloop/core";
import { asyncContext } from "../src/async-context.ts";

const locals = {} as TaskLocals;

test("scopes of our own do not count as use", async () => {
  await asyncContext.scope(locals, async () => {
    await Promise.resolve();
    expect(asyncContext.getTaskLocals()).toBe(locals);
  });
  expect(asyncContext.getTaskLocals()).toBeUndefined();
  expect(asyncContext.snapshot()).toBeUndefined();
});

test("the first use of an AsyncLocalStorage is noticed, once", () => {
  let notices = 0;
  asyncContext.onUse(() => notices++);
  asyncContext.onEnter?.(() => undefined as never); // as the adapter that is installed does
  expect(notices).toBe(0);
  const storage = new AsyncLocalStorage<string>();
  expect(storage.run("store", () => storage.getStore())).toBe("store");
  expect(notices).toBe(1);
  storage.run("store", () => {});
  storage.enterWith("entered");
  storage.disable();
  expect(notices).toBe(1);
  asyncContext.onUse(() => notices++);
  expect(notices).toBe(2);
});

test("a snapshot restores every store, and the scope", () => {
  const [first, second] = [new AsyncLocalStorage<number>(), new AsyncLocalStorage<number>()];
  const snapshot = first.run(1, () => second.run(2, () => asyncContext.scope(locals, () => asyncContext.snapshot()!)));
  const seen = first.run(9, () => snapshot.run(() => [first.getStore(), second.getStore(), asyncContext.getTaskLocals()]));
  expect(seen).toEqual([1, 2, locals]);
  expect(first.getStore()).toBeUndefined();
});

test("the root context is nobody's", () => {
  const storage = new AsyncLocalStorage<number>();
  expect(storage.run(1, () => asyncContext.scope(locals, () => asyncContext.root(() => [storage.getStore(), asyncContext.getTaskLocals()])))).toEqual([
    undefined,
    undefined,
  ]);
});
