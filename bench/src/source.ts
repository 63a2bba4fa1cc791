/** The Python files beside this one, as modules of the interpreter in this process. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { python } from "@interloop/node";
import type { PyObject } from "@interloop/node";

export function load(name: "floors" | "crossings"): PyObject {
  const file = fileURLToPath(new URL(`${name}.py`, import.meta.url));
  return python.fromCode(readFileSync(file, "utf8"), file, `interloop_bench_${name}`);
}
