import assert from "node:assert/strict";
import { isPyError, pymodule, PyError, python } from "@interloop/deno";

Deno.test("awaits a coroutine", async () => {
  assert.equal(await python.import("asyncio").sleep(0.01, "slept"), "slept");
});

Deno.test("compares what crosses", () => {
  assert.deepEqual(python.toJs(python.eval("{'list': [1, 2], 'none': None}")), { list: [1, 2], none: null });
});

Deno.test("throws errors of Python", () => {
  assert.throws(
    () => python.eval("1 / 0"),
    (error) => error instanceof PyError && isPyError(error) && error.name === "ZeroDivisionError",
  );
});

Deno.test("exports functions to Python", async () => {
  pymodule("second_file", { double: async (value: number) => 2 * value });
  python.exec("import second_file\nasync def main(): return await second_file.double(21)");
  assert.equal(await python.eval("main()"), 42);
});
