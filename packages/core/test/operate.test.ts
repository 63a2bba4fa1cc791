import { expect, test } from "vitest";
import { Operation, CallSlot } from "../src/binding.ts";
import { referenced } from "../src/convert/js-ref.ts";
import { defineRuntime, getCurrentLoop } from "../src/index.ts";
import { FakeBinding, fakeRuntime } from "./fake.ts";

const binding = new FakeBinding();
defineRuntime(fakeRuntime(binding));
getCurrentLoop();

const MISSING = Symbol("missing");
const operate = (operation: number, target: object | symbol, a?: unknown, b?: unknown): unknown => {
  const id = -Number(binding.hooks.identify(target, true));
  const answer = binding.hooks.operate(operation, id, a, b);
  binding.hooks.release(id);
  return binding.callSlots[CallSlot.missing] === 1 ? MISSING : referenced(answer);
};

test("attributes are properties, and undefined is not missing", () => {
  const target: Record<string, unknown> = { a: 1, u: undefined };
  expect(operate(Operation.get, target, "a")).toBe(1);
  expect(operate(Operation.get, target, "u")).toBeUndefined();
  expect(operate(Operation.get, target, "x")).toBe(MISSING);
  operate(Operation.set, target, "x", 2);
  expect(target["x"]).toBe(2);
  operate(Operation.delete, target, "x");
  expect(operate(Operation.delete, target, "x")).toBe(MISSING);
  expect(() => operate(Operation.set, Object.freeze({}), "a", 1)).toThrow(/cannot be set/);
});

test("items of arrays, typed arrays, maps and objects", () => {
  const array = [10, 20, 30];
  expect([0, 2, -1, -3, 1n].map((index) => operate(Operation.getItem, array, index))).toEqual([10, 30, 30, 10, 20]);
  for (const index of [3, -4]) expect(operate(Operation.getItem, array, index)).toBe(MISSING);
  expect(() => operate(Operation.getItem, array, "0")).toThrow(/integers/);
  operate(Operation.setItem, array, -1, 31);
  operate(Operation.deleteItem, array, 0);
  expect(array).toEqual([20, 31]);
  expect(() => operate(Operation.setItem, array, 9, 1)).toThrow(/out of range/);
  expect(operate(Operation.getItem, new Uint8Array([7]), -1)).toBe(7);

  const map = new Map<unknown, unknown>([[1, "one"]]);
  expect(operate(Operation.getItem, map, 1)).toBe("one");
  expect(operate(Operation.getItem, map, "1")).toBe(MISSING);
  operate(Operation.setItem, map, "k", undefined);
  expect(operate(Operation.getItem, map, "k")).toBeUndefined();
  operate(Operation.deleteItem, map, 1);
  expect([...map.keys()]).toEqual(["k"]);

  expect(operate(Operation.getItem, { a: 1 }, "a")).toBe(1);
  expect(operate(Operation.getItem, { 1: "x" }, 1)).toBe("x");
});

test("length, iteration, membership", () => {
  expect([[1, 2], new Map([[1, 2]]), new Set([1]), { a: 1 }, new Float64Array(4)].map((target) => operate(Operation.length, target))).toEqual([2, 1, 1, 1, 4]);
  expect(() => operate(Operation.length, () => {})).toThrow(/no length/);
  const all = (target: object): unknown[] => {
    const iterator = operate(Operation.iterate, target) as object;
    const items: unknown[] = [];
    for (let item = operate(Operation.next, iterator); item !== MISSING; item = operate(Operation.next, iterator)) items.push(item);
    return items;
  };
  expect(all([1, undefined])).toEqual([1, undefined]);
  expect(all(new Map([["k", 1]]))).toEqual(["k"]);
  expect(all({ a: 1, b: 2 })).toEqual(["a", "b"]);
  expect(() => all(new Date())).toThrow(/not iterable/);
  expect(operate(Operation.contains, [Number.NaN], Number.NaN)).toBe(true);
  expect(operate(Operation.contains, new Set([1]), 2)).toBe(false);
  expect(operate(Operation.contains, { a: 1 }, "a")).toBe(true);
});

test("every value has a description, whatever its code does, and a text unless its code throws", () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error("trap");
      },
      getPrototypeOf() {
        throw new Error("trap");
      },
    },
  );
  const targets = [{ a: 1 }, [1], () => {}, class A {}, new Map(), new Error("e"), Symbol("s"), Object.create(null) as object, hostile];
  for (const target of targets) {
    expect(operate(Operation.describe, target)).toMatch(/^<JS /);
    if (target !== hostile) expect(typeof operate(Operation.string, target)).toBe("string");
  }
});

test("names are own and inherited, but not those that every object has", () => {
  class Base {
    base(): void {}
  }
  class Derived extends Base {
    own = 1;
    method(): void {}
  }
  expect(operate(Operation.names, new Derived())).toEqual(["own", "constructor", "method", "base"]);
});

test("constructing", () => {
  class Point {
    readonly sum: number;
    constructor(...coordinates: number[]) {
      this.sum = coordinates.reduce((total, each) => total + each, 0);
    }
  }
  expect(operate(Operation.construct, Point, [1, 2, 3])).toMatchObject({ sum: 6 });
});
