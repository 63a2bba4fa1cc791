import { expect, test } from "bun:test";
import { isPyError, pymodule, python } from "@interloop/bun";

test("awaits a coroutine", async () => {
  expect(await python.import("asyncio").sleep(0.01, "slept")).toBe("slept");
});

test("compares what crosses", () => {
  expect(python.toJs(python.eval("{'list': [1, 2], 'none': None}"))).toEqual({ list: [1, 2], none: null });
});

test("throws errors of Python", () => {
  let thrown;
  try {
    python.eval("1 / 0");
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Error);
  expect(isPyError(thrown)).toBe(true);
  expect(thrown.name).toBe("ZeroDivisionError");
});

test("exports functions to Python", async () => {
  pymodule("first", { double: async (value) => 2 * value });
  python.exec("import first\nasync def main(): return await first.double(21)");
  expect(await python.eval("main()")).toBe(42);
});
