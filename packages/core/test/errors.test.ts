import { expect, test } from "vitest";
import { InterloopError, isPyError, PyError } from "../src/errors.ts";
import type { PyErrorSource } from "../src/errors.ts";

const source = (more: Partial<PyErrorSource> = {}): PyErrorSource => ({
  value: "the exception",
  type: () => "the type",
  traceback: () => 'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: bad\n',
  frames: () => [],
  cause: () => undefined,
  errors: () => undefined,
  notes: () => [],
  matches: () => false,
  ...more,
});

test("an InterloopError has a code, and its name on the prototype", () => {
  const cause = new Error("why");
  const error = new InterloopError("some-code", "Do this", { cause });
  expect([error.name, error.code, error.message, error.cause]).toEqual(["InterloopError", "some-code", "Do this", cause]);
  expect(Object.keys(error)).toEqual(["code"]);
});

test("a PyError looks like the Python exception", () => {
  const error = new PyError(source(), "ValueError", "bad", new Error());
  expect([error.name, error.message, error.type, error.value, String(error)]).toEqual(["ValueError", "bad", "the type", "the exception", "ValueError: bad"]);
  expect(isPyError(error)).toBe(true);
  expect(Object.keys(error)).toEqual([]);
});

test("its stack ends with Python's traceback, asked for once and only when it is read", () => {
  let asked = 0;
  const error = new PyError(source({ traceback: () => `asked ${++asked}` }), "ValueError", "bad", new Error());
  expect(asked).toBe(0);
  expect(error.stack).toMatch(/^ValueError: bad\n +at [^]*\n {2}asked 1$/);
  expect(error.stack).toContain("asked 1");
  expect(error.stack).not.toContain("new PyError");
});

test("copied as JSON it is text, with no Python object to walk through", () => {
  const error = new PyError(source({ traceback: () => "asked" }), "ValueError", "bad", new Error());
  expect(JSON.parse(JSON.stringify(error))).toEqual({ name: "ValueError", message: "bad", stack: error.stack });
});

test("its cause is there only when there is one", () => {
  const cause = new Error("first");
  expect(new PyError(source({ cause: () => cause }), "E", "m", new Error()).cause).toBe(cause);
  const none = new PyError(source(), "E", "m", new Error());
  expect(none.cause).toBeUndefined();
  expect("cause" in none).toBe(false);
});

test("it stays readable when Python is gone", () => {
  const gone = (): never => {
    throw new InterloopError("finalized", "Python is gone");
  };
  const error = new PyError(source({ traceback: gone, cause: gone }), "ValueError", "bad", new Error());
  expect(error.stack).toMatch(/^ValueError: bad/);
  expect(error.cause).toBeUndefined();
});
