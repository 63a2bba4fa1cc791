// What each value is on the other side, and after the way back.
import type { Py } from "../../py.ts";
import type { Scenario } from "../index.ts";

export const scenario: Scenario = async ({ kwargs, python }, print) => {
  const module: Py = python.fromCode(
    `
def told(value):
    return f"{type(value).__name__} {value!r}"
def back(value):
    return value
def signature(*args, **kwargs):
    return f"{args} {kwargs}"
`,
    "values.py",
    "scenario_values",
  );
  const values = [undefined, null, true, 0, -0, 1, 1.5, 2 ** 53, NaN, Infinity, -Infinity, 2 ** 31, 10n, 2n ** 70n, "", "text", "\u{1f40d}", "\ud800", "a\0b"];
  for (const value of values) {
    const returned: unknown = module.back(value);
    print(typeof value, module.told(value), "->", typeof returned, Object.is(returned, value));
  }
  for (const code of [
    "None",
    "True",
    "2**53 - 1",
    "2**53",
    "10**30",
    "1.0",
    "-0.0",
    "float('nan')",
    "'x'",
    "b'x'",
    "(1, 2)",
    "[1]",
    "{'a': 1}",
    "{1, 2}",
    "1j",
    "range(3)",
    "type",
    "Ellipsis",
  ]) {
    const value: Py = python.eval(code);
    print(code, typeof value, value === null || typeof value !== "object" ? String(typeof value === "function" ? "" : value) : python.repr(value));
  }
  print(JSON.stringify(python.toJs(python.eval("{'a': [1, (2, None), {'b': True}], 'c': 'd'}"))));
  print(python.repr(python.toPy({ a: [1, { b: undefined }], c: new Map([["k", new Set([1])]]), d: new Uint8Array([1, 2]), e: new Date(0) })));
  print(module.signature(1, "two", kwargs({ three: 3, four: [4].length })));
  print([...(python.eval("range(4)") as Py)].join(), Object.keys(python.eval("__import__('types').SimpleNamespace(a=1, b=2)") as object).join());
};
