import { expect, test } from "vitest";
import { defineRuntime, getCurrentLocals, getCurrentLoop, intoPromise, scope, TaskLocals } from "../src/index.ts";
import type { PyAwaitable, PyObject } from "../src/index.ts";
import { FakeBinding, fakeRuntime } from "./fake.ts";

const binding = new FakeBinding();
const runtime = fakeRuntime(binding);
defineRuntime(runtime);
const loop = getCurrentLoop();
const context = binding.handle({}) as PyObject;
const refOf = (handle: PyObject): number => Number(binding.hooks.identify(handle));
const awaitable = (): PyAwaitable => binding.handle({}, 2) as PyAwaitable;

test("they are immutable, and with other contexts are others", () => {
  const plain = new TaskLocals(loop);
  const derived = plain.withContext(context);
  expect(plain.eventLoop).toBe(loop);
  expect(plain.context).toBeUndefined();
  expect(derived.eventLoop).toBe(loop);
  expect(derived.context).toBe(context);
  expect(derived).toBeInstanceOf(TaskLocals);
  expect(() => new TaskLocals({} as never)).toThrow(/handle/);
  expect(() => plain.withContext(1 as never)).toThrow(/handle/);
});

test("a conversion runs on the loop and in the context of its locals, and of the scope around it", () => {
  const other = binding.handle({}) as PyObject;
  const locals = new TaskLocals(other).withContext(context);
  void intoPromise(awaitable(), { locals });
  expect(binding.started.at(-1)).toMatchObject({ loop: refOf(other), context: refOf(context) });
  void scope(locals, () => intoPromise(awaitable()));
  expect(binding.started.at(-1)).toMatchObject({ loop: refOf(other), context: refOf(context) });
  void intoPromise(awaitable());
  expect(binding.started.at(-1)).toMatchObject({ loop: 0, context: 0 });
});

test("a call that is awaited outside of the scope runs where it was made", async () => {
  const locals = new TaskLocals(loop).withContext(context);
  binding.onStart = (promise) => binding.hooks.settle(promise, 1, null);
  const made = scope(locals, () => awaitable());
  await made;
  expect(binding.started.at(-1)).toMatchObject({ context: refOf(context) });
  const outside = awaitable();
  await scope(locals, () => (outside as PromiseLike<unknown>).then(() => {}));
  expect(binding.started.at(-1)).toMatchObject({ context: 0 });
});

test("a JS function that Python calls in a context has locals of it: its own calls go in directly, later ones in the copy", async () => {
  const copy = binding.add({});
  let later: Promise<void> | undefined;
  const fn = (): void => {
    const locals = getCurrentLocals();
    expect(refOf(locals.eventLoop)).toBe(refOf(loop));
    expect(binding.objects.get(refOf(locals.context!))).toBe(binding.objects.get(copy));
    void intoPromise(awaitable());
    expect(binding.started.at(-1)).toMatchObject({ context: 0 });
    later = Promise.resolve().then(() => void scope(locals, () => intoPromise(awaitable())));
  };
  binding.hooks.call(-Number(binding.hooks.identify(fn)), 0, 0, copy);
  await later;
  expect(binding.started.at(-1)).toMatchObject({ context: copy });
});

test("a JS function that Python calls sees the async context of the JS that called Python", () => {
  runtime.use("request 1");
  void intoPromise(awaitable());
  const { snapshot } = binding.started.at(-1)!;
  expect(snapshot).toBeGreaterThan(0);
  runtime.use("request 2");
  let seen: unknown;
  const id = -Number(binding.hooks.identify(() => void (seen = runtime.store)));
  binding.hooks.call(id, 0, snapshot, binding.emptyContext());
  expect(seen).toBe("request 1");
  binding.hooks.call(id, 0, 0, binding.emptyContext());
  expect(seen).toBeUndefined();
});
