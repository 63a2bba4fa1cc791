import { python } from "@interloop/node";

test("a Python object is not what was expected", () => {
  expect(python.eval("__import__('datetime').datetime(2020, 1, 1)")).toBe(3);
});

test("Python raises", () => {
  python.eval("1 / 0");
});
