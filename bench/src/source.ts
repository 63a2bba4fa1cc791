/** The Python files beside this one, as modules of the interpreter in this process. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { python } from "./runtime.ts";
import type { PyObject } from "./runtime.ts";

export function load(name: "floors" | "crossings"): PyObject {
  const file = fileURLToPath(new URL(`${name}.py`, import.meta.url));
  return python.fromCode(readFileSync(file, "utf8"), file, `interloop_bench_${name}`);
}
