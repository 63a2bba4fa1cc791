import { expect, test, vi as mocks } from "vitest";
import { intoAsyncIterable, isPyError, pymodule, PyError, python } from "@interloop/node";

test("awaits a coroutine", async () => {
  expect(await python.import("asyncio").sleep(0.01, "slept")).toBe("slept");
});

test("converts to values that are strictly equal", () => {
  expect(python.toJs(python.eval("{'list': [1, {'none': None}], 'set': {1}}"))).toStrictEqual({ list: [1, { none: null }], set: new Set([1]) });
  expect(python.toJs(python.eval("b'ab'"))).toBeInstanceOf(Uint8Array);
});

test("throws and rejects with errors of this file's own", async () => {
  expect(() => python.eval("1 / 0")).toThrow(PyError);
  python.exec("import asyncio\nasync def fail():\n    await asyncio.sleep(0.001)\n    raise KeyError('k')");
  await expect(python.eval("fail")()).rejects.toThrow("k");
  await expect(python.eval("fail")()).rejects.toBeInstanceOf(Error);
  expect(isPyError(await Promise.resolve(python.eval("fail")()).catch((error) => error))).toBe(true);
});

test("iterates over an async generator", async () => {
  python.exec("import asyncio\nasync def count():\n    for number in range(3):\n        await asyncio.sleep(0.001)\n        yield number");
  const seen = [];
  for await (const number of intoAsyncIterable(python.eval("count()"))) seen.push(number);
  expect(seen).toEqual([0, 1, 2]);
});

test("exports functions and mocks to Python", async () => {
  const double = mocks.fn(async (value) => 2 * value);
  pymodule("second_file", { double });
  python.exec("import second_file\nasync def main(): return await second_file.double(21)");
  expect(await python.eval("main()")).toBe(42);
  expect(double).toHaveBeenCalledWith(21);
});

test("does not wait for fake timers", async () => {
  mocks.useFakeTimers();
  try {
    expect(await python.import("asyncio").sleep(0.01, "slept")).toBe("slept");
    expect(await python.import("asyncio").to_thread((value) => value, "from a thread")).toBe("from a thread");
  } finally {
    mocks.useRealTimers();
  }
});

test("Python code that every file imports uses the JavaScript of this one", async () => {
  const { path } = python.import("sys");
  path.insert(0, import.meta.dirname);
  const shop = python.import("shop");
  expect(python.toJs(shop.look())).toEqual(["cart", 5]);
  expect(await shop.price("tea")).toBe(300);
});
