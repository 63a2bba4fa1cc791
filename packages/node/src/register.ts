/**
 * Lets `import` find Python: `import { summarize } from "./report.py"` and `import numpy from "python:numpy"`. Start the program with `node --import @interloop/node/register program.js`.
 *
 * @example
 * ```ts no-run
 * import "@interloop/node/register";
 *
 * const name = "python:math";
 * const { sqrt } = (await import(name)) as { sqrt(x: number): number };
 * console.log(sqrt(16)); // 4
 * ```
 */
import "./install.ts";
import { registerPythonModules } from "@interloop/node-shared";

registerPythonModules(import.meta.url.replace(/register(?=\.\w+$)/, "index"));
