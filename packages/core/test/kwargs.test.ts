import { expect, test } from "vitest";
import { defineRuntime, getCurrentLoop, isInterloopError, kwargs } from "../src/index.ts";
import type { PyCallable } from "../src/index.ts";
import { isKwargs } from "../src/convert/kwargs.ts";
import { FakeBinding, fakeRuntime } from "./fake.ts";

const binding = new FakeBinding();
defineRuntime(fakeRuntime(binding));
getCurrentLoop();

const count = binding.handle((...args: unknown[]) => JSON.stringify(args)) as PyCallable<string>;

test("arguments arrive, however many", () => {
  for (let length = 0; length < 8; length++) {
    const args = Array.from({ length }, (_, index) => index);
    expect(count(...args)).toBe(JSON.stringify(args));
  }
});

test("kwargs as the last argument become keyword arguments", () => {
  expect(count(kwargs({}))).toBe("[{}]");
  expect(count(1, kwargs({ a: 2, b: "c" }))).toBe('[1,{"a":2,"b":"c"}]');
});

test("kwargs anywhere else are refused, and so are kwargs of what is no object", () => {
  const misuse = (fn: () => unknown): unknown => {
    try {
      return fn();
    } catch (error) {
      return isInterloopError(error) && error.code;
    }
  };
  expect(misuse(() => Number(binding.hooks.identify(kwargs({ a: 1 }))))).toBe("bad-argument");
  expect(misuse(() => kwargs(null as never))).toBe("bad-argument");
  expect(misuse(() => kwargs(3 as never))).toBe("bad-argument");
});

test("kwargs of another copy of the package count", () => {
  class Kwargs {}
  Object.defineProperty(Kwargs.prototype, Symbol.for("interloop.kwargs"), { value: true });
  expect(isKwargs(new Kwargs())).toBe(true);
  expect(isKwargs({})).toBe(false);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(isKwargs(proxy)).toBe(false);
});

test("a disposed handle cannot be called, and its Ref is released once", () => {
  const handle = binding.handle(() => 1) as PyCallable<number>;
  const before = binding.released.length;
  handle[Symbol.dispose]();
  handle[Symbol.dispose]();
  expect(binding.released.length - before).toBe(1);
  expect(() => handle()).toThrow(/disposed/);
});
