import test from "ava";
import { python } from "@interloop/node";

test("a Python object is not what was expected", (t) => {
  t.log(python.eval("object()"));
  t.is(python.eval("__import__('datetime').datetime(2020, 1, 1)"), 3);
});

test("Python raises", () => {
  python.eval("1 / 0");
});
