import { beforeEach, expect, test, vi } from "vitest";
import { defineRuntime, getCurrentLoop, intoPromise } from "../src/index.ts";
import type { PyAwaitable } from "../src/index.ts";
import { FAIR } from "../src/loop/guest.ts";
import { FakeBinding, fakeRuntime, microtasks } from "./fake.ts";

const binding = new FakeBinding();
const runtime = fakeRuntime(binding);
defineRuntime(runtime);
getCurrentLoop();

const awaitable = (): PyAwaitable<unknown> => binding.handle({}, 2) as PyAwaitable<unknown>;

// Time stands still unless a test lets it pass: on a busy machine a few pumps can last long.
let now = 0;
vi.spyOn(Date, "now").mockImplementation(() => now);

beforeEach(async () => {
  binding.ready = 0;
  binding.onPump = binding.onStart = undefined;
  await microtasks();
  runtime.turn();
  binding.hooks.wake();
  binding.pumps.length = 0;
});

test("a pump runs in a microtask and does not poll", async () => {
  binding.hooks.schedule();
  expect(binding.pumps).toEqual([]);
  await microtasks();
  expect(binding.pumps).toEqual([{ poll: false, settled: undefined }]);
});

test("pumps follow each other while callbacks are ready", async () => {
  let left = 5;
  binding.onPump = () => (binding.ready = --left);
  binding.hooks.schedule();
  await microtasks();
  expect(binding.pumps).toHaveLength(5);
  expect(runtime.hops).toHaveLength(0);
});

test("after a number of pumps in a row one goes through a macrotask and polls", async () => {
  binding.ready = 1;
  binding.hooks.schedule();
  await microtasks();
  expect(binding.pumps).toHaveLength(FAIR);
  expect(binding.pumps.every(({ poll }) => !poll)).toBe(true);
  expect(runtime.hops).toHaveLength(1);
  runtime.turn();
  expect(binding.pumps.at(-1)).toEqual({ poll: true, settled: undefined });
  await microtasks();
  expect(binding.pumps).toHaveLength(2 * FAIR + 1);
  binding.ready = 0;
});

test("a row of long pumps ends sooner", async () => {
  binding.ready = 1;
  binding.onPump = () => (now += 2);
  binding.hooks.schedule();
  await microtasks();
  expect(binding.pumps.length).toBeLessThan(6);
  expect(runtime.hops).toHaveLength(1);
});

test("pumps that leave nothing ready count as well, so that a ping-pong between the loops is fair", async () => {
  for (let round = 0; round < FAIR; round++) {
    binding.hooks.schedule();
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(binding.pumps).toHaveLength(FAIR);
  binding.hooks.schedule();
  await microtasks();
  expect(binding.pumps).toHaveLength(FAIR);
  expect(runtime.hops).toHaveLength(1);
});

test("a wake polls at once and begins a new row", async () => {
  binding.ready = 1;
  binding.hooks.schedule();
  await microtasks();
  binding.hooks.wake();
  expect(binding.pumps.at(-1)?.poll).toBe(true);
  binding.ready = 0;
});

test("a pump that throws does not stop the next", async () => {
  binding.onPump = () => {
    throw new Error("boom");
  };
  expect(() => binding.hooks.wake()).toThrow("boom");
  binding.onPump = undefined;
  binding.hooks.schedule();
  await microtasks();
  expect(binding.pumps.at(-1)).toEqual({ poll: false, settled: undefined });
});

test("promises that settle together reach Python in one batch, in order", async () => {
  const kept = Number(binding.hooks.identify(async () => 1));
  const call = (fn: () => Promise<unknown>): number => {
    const id = -Number(binding.hooks.identify(fn));
    binding.hooks.call(id, 0, 0, binding.emptyContext());
    return binding.callSlots[0]!;
  };
  const error = new Error("no");
  const [first, second] = [
    call(async () => "a"),
    call(async () => {
      throw error;
    }),
  ];
  await microtasks();
  expect(binding.pumps).toEqual([{ poll: false, settled: [first, 1, "a", second, 0, error] }]);
  binding.hooks.release(-kept);
});

test("a promise that Python has let go of is not delivered, and its id is not used again", async () => {
  let resolve = (_value: string): void => {};
  const fn = (): Promise<string> => new Promise((done) => (resolve = done));
  binding.hooks.call(-Number(binding.hooks.identify(fn)), 0, 0, binding.emptyContext());
  const id = binding.callSlots[0]!;
  binding.hooks.release(id);
  const other = -Number(binding.hooks.identify({}, true));
  expect(other).not.toBe(id);
  resolve("late");
  await microtasks();
  expect(binding.pumps).toEqual([]);
});

test("conversions are settled by id, and ids are not used again", async () => {
  const first = intoPromise(awaitable());
  const { promise } = binding.started.at(-1)!;
  binding.hooks.settle(promise, 1, "done");
  expect(await first).toBe("done");
  const second = intoPromise(awaitable());
  const { promise: other } = binding.started.at(-1)!;
  expect(other).not.toBe(promise);
  const error = new Error("no");
  binding.hooks.settle(promise, 1, "somebody else's");
  binding.hooks.settle(other, 0, error);
  await expect(second).rejects.toBe(error);
});

test("a conversion that ends within its start is settled", async () => {
  binding.onStart = (promise) => binding.hooks.settle(promise, 1, 7);
  expect(await intoPromise(awaitable())).toBe(7);
});

test("an endless row of conversions that end at once lets macrotasks run", async () => {
  binding.onStart = (promise) => binding.hooks.settle(promise, 1, 0);
  let settled = 0;
  const endless = (async () => {
    for (; settled < 5000; settled++) await intoPromise(awaitable());
  })();
  for (let round = 0; round < 100; round++) await microtasks();
  expect(settled).toBeGreaterThan(FAIR);
  expect(settled).toBeLessThan(5000);
  while (settled < 5000) {
    runtime.turn();
    await microtasks();
  }
  await endless;
});

test("an awaitable is started once, however often it is awaited", async () => {
  const handle = awaitable();
  const before = binding.started.length;
  binding.onStart = (promise) => binding.hooks.settle(promise, 1, "x");
  expect([await handle, await handle, await intoPromise(handle)]).toEqual(["x", "x", "x"]);
  expect(binding.started.length - before).toBe(1);
});

test("a handle that Python did not return from a call has no then", async () => {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
  const handle = binding.handle({ then: () => {} });
  expect((handle as { then?: unknown }).then).toBeUndefined();
  expect(await handle).toBe(handle);
});
