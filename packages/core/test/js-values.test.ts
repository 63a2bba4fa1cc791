import { expect, test } from "vitest";
import { JsValues } from "../src/environment/js-values.ts";
import { nextId, slotOf, STRIDE } from "../src/environment/ids.ts";

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

test("a value kept apart does not take the name of one kept by identity", () => {
  const values = new JsValues();
  const object = {};
  const named = values.keep(object);
  const apart = values.keepApart(object);
  expect(apart).not.toBe(named);
  values.release(apart);
  expect(values.keep(object)).toBe(named);
});

test("a slot is used again, an id is not: what has ended names nothing and takes no count of what came to its slot", () => {
  const values = new JsValues();
  const old = values.keepApart("old");
  values.release(old);
  const young = values.keepApart("young");
  expect(slotOf(young)).toBe(slotOf(old));
  expect(young).not.toBe(old);
  expect(values.find(old)).toBe(undefined);
  expect(() => values.get(old)).toThrow(/No JS value is kept/);
  values.release(old);
  values.retain(old);
  values.release(young);
  expect(values.size).toBe(0);
});

test("an id that is next for its slot names nothing yet", () => {
  const values = new JsValues();
  const id = values.keepApart("value");
  values.release(id);
  const next = nextId(id)!;
  expect(values.find(next)).toBe(undefined);
  expect(() => values.get(next)).toThrow(/No JS value is kept/);
  values.release(next);
  expect(values.keepApart("other")).toBe(next);
});

test("a slot that has had all its generations is not used again", () => {
  const id = Number.MAX_SAFE_INTEGER - (STRIDE - 1) + 5;
  expect([slotOf(id), nextId(id), nextId(id - STRIDE)]).toEqual([5, undefined, id]);
});

test("releasing what nobody has does nothing", () => {
  const values = new JsValues();
  const id = values.keep({});
  values.release(id);
  for (const stale of [id, 0, 77, -1]) values.release(stale);
  expect(values.size).toBe(0);
  expect([values.keep({}), values.keep({})].map(slotOf)).toEqual([1, 2]);
});
