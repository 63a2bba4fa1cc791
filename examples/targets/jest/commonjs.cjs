const { PyError, python } = require("@interloop/node");

test("awaits a coroutine", async () => {
  expect(await python.import("asyncio").sleep(0.01, "slept")).toBe("slept");
});

test("throws errors of Python", () => {
  expect(() => python.eval("1 / 0")).toThrow(PyError);
});
