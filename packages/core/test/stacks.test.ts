import { expect, test } from "vitest";
import { callsOf, leaveOut, linesOf, withPassed } from "../src/stacks.ts";

const ours = `    at call (${new URL("../src/calls/invoke.ts", import.meta.url).href}:30:5)`;
const at = (name: string): string => `    at ${name} (file:///app/${name}.ts:3:7)`;

test("calls are those between two visits to Python, innermost first", () => {
  const stack = ["Error: x", ours, at("inner"), "    at node:internal/timers:5:1", at("outer"), ours, at("before")].join("\n");
  expect(callsOf(stack).split("\0")).toEqual(["inner", "/app/inner.ts", "3", "outer", "/app/outer.ts", "3"]);
  expect(callsOf("no stack at all")).toBe("");
});

test("a name, a column and a prefix may be missing", () => {
  const stack = ["Error: x", "    at async f (/a b/%C3%A9.ts:4:1)", "    at /app/main.ts:9:2", "    at middle (case.py:4)"].join("\n");
  expect(callsOf(stack).split("\0")).toEqual(["f", "/a b/é.ts", "4", "<module>", "/app/main.ts", "9", "middle", "case.py", "4"]);
});

test("Python's functions go where Python called", () => {
  const passed = "    at middle (case.py:4)";
  expect(withPassed(["Error: x", at("inner"), ours, ours, at("outer")].join("\n"), passed)).toBe(["Error: x", at("inner"), passed, at("outer")].join("\n"));
});

test("without a place they go to the end, before the caller of now", () => {
  const passed = "    at middle (case.py:4)";
  expect(withPassed(["Error: x", at("inner")].join("\n"), passed).startsWith(["Error: x", at("inner"), passed].join("\n"))).toBe(true);
});

test("the calls of a runtime's files are left out as ours are, whether the engine shows URLs or paths", () => {
  const passed = "    at middle (case.py:4)";
  const scopes = ["    at scope (file:///a%20b/host.ts:24:34)", "    at /a b/host.ts:30:1"];
  const stack = ["Error: x", at("inner"), ours, ...scopes, ours, at("outer")];
  const others = ["    at f (file:///x/a%20b/host.ts:1:1)", "    at g (/a b/host.tsx:1:1)"];
  expect(withPassed(stack.join("\n"), passed)).toContain("scope");
  leaveOut(["file:///a%20b/host.ts"]);
  try {
    expect(withPassed(stack.join("\n"), passed)).toBe(["Error: x", at("inner"), passed, at("outer")].join("\n"));
    expect(callsOf([...scopes, at("inner"), scopes[0], at("outer")].join("\n")).split("\0")).toEqual(["inner", "/app/inner.ts", "3"]);
    expect(linesOf([...scopes, ...others].join("\n"))).toEqual(others);
  } finally {
    leaveOut([]);
  }
  expect(linesOf(scopes.join("\n"))).toEqual(scopes);
});
