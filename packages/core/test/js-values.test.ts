import { expect, test } from "vitest";
import { JsValues } from "../src/bridge/js-values.ts";

test("one value has one id, counted", () => {
  const values = new JsValues();
  const object = {};
  const id = values.keep(object);
  expect(values.keep(object)).toBe(id);
  expect(values.get(id)).toBe(object);
  values.release(id);
  expect(values.get(id)).toBe(object);
  values.release(id);
  expect(values.size).toBe(0);
  expect(() => values.get(id)).toThrow(/No JS value is kept/);
});

test("functions, symbols and primitives are values too", () => {
  const values = new JsValues();
  for (const value of [() => {}, Symbol("local"), Symbol.for("registered"), null, undefined, Number.NaN, "text"]) {
    expect(values.get(values.keep(value))).toBe(value);
    expect(values.keep(value)).toBe(values.keep(value));
  }
});

test("ids are used again, and a value kept apart does not take the name of one kept by identity", () => {
  const values = new JsValues();
  const object = {};
  const named = values.keep(object);
  const apart = values.keepApart(object);
  expect(apart).not.toBe(named);
  values.release(apart);
  expect(values.keep(object)).toBe(named);
  expect(values.keep({})).toBe(apart);
});

test("releasing what nobody has does nothing", () => {
  const values = new JsValues();
  const id = values.keep({});
  values.release(id);
  for (const stale of [id, 0, 77, -1]) values.release(stale);
  expect(values.size).toBe(0);
  expect([values.keep({}), values.keep({})]).toEqual([1, 2]);
});
