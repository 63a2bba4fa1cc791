import test from "ava";
import { pymodule, PyError, python } from "@interloop/node";

test("awaits a coroutine", async (t) => {
  t.is(await python.import("asyncio").sleep(0.01, "slept"), "slept");
});

test("compares what crosses", (t) => {
  t.deepEqual(python.toJs(python.eval("{'list': [1, 2], 'none': None}")), { list: [1, 2], none: null });
});

test("throws and rejects with errors of Python", async (t) => {
  t.throws(() => python.eval("1 / 0"), { instanceOf: PyError, name: "ZeroDivisionError" });
  python.exec("import asyncio\nasync def fail():\n    await asyncio.sleep(0.001)\n    raise KeyError('k')");
  await t.throwsAsync(async () => python.eval("fail")(), { instanceOf: PyError, name: "KeyError" });
});

test("exports functions to Python", async (t) => {
  pymodule("first_file", { double: async (value) => 2 * value });
  python.exec("import first_file\nasync def main(): return await first_file.double(21)");
  t.is(await python.eval("main()"), 42);
});
