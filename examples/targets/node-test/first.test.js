import assert from "node:assert/strict";
import { test } from "node:test";
import { isPyError, python, pymodule } from "@interloop/node";

test("awaits a coroutine", async () => {
  assert.equal(await python.import("asyncio").sleep(0.01, "slept"), "slept");
});

test("compares what crosses", () => {
  assert.deepEqual(python.toJs(python.eval("{'list': [1, 2], 'none': None}")), { list: [1, 2], none: null });
});

test("throws errors of Python", () => {
  assert.throws(
    () => python.eval("1 / 0"),
    (error) => error instanceof Error && isPyError(error) && error.name === "ZeroDivisionError",
  );
});

test("exports functions to Python", async () => {
  pymodule("first", { double: async (value) => 2 * value });
  python.exec("import first\nasync def main(): return await first.double(21)");
  assert.equal(await python.eval("main()"), 42);
});
