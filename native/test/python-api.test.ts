import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
// @ts-expect-error: plain JavaScript, without types
import { findPythons } from "../../scripts/pythons.mjs";

const source = fileURLToPath(new URL("python_api_signatures.cc", import.meta.url));
const compiler = process.env["CXX"] ?? "c++";

/** The compiler's answer to the table beside the headers in `include`, with `extra` lines behind it. */
function compile(include: string, extra = ""): { status: number | null; stderr: string } {
  const input = `#include ${JSON.stringify(source)}\n${extra}\n`;
  return spawnSync(compiler, ["-std=c++20", "-fsyntax-only", "-x", "c++", `-I${include}`, "-"], { input, encoding: "utf8" });
}

function includeFolder(executable: string): string {
  return spawnSync(executable, ["-c", "import sysconfig; print(sysconfig.get_path('include'))"], { encoding: "utf8" }).stdout.trim();
}

const pythons = (findPythons() as { line: string; executable: string }[])
  .map(({ line, executable }) => ({ line, include: includeFolder(executable) }))
  .filter(({ include }) => existsSync(join(include, "Python.h")));

test.for(pythons)("the function table agrees with the headers of CPython $line", ({ include }) => {
  expect(compile(include)).toMatchObject({ status: 0, stderr: "" });
});

test.for(pythons.slice(0, 1))("a wrong entry of the table is found", ({ include }) => {
  const wrong = 'namespace interloop { static_assert(SameCall<int (*)(int), decltype(&::PyTuple_Size)>::value, "PyTuple_Size has another signature"); }';
  const { status, stderr } = compile(include, wrong);
  expect(status).not.toBe(0);
  expect(stderr).toContain("PyTuple_Size has another signature");
});
