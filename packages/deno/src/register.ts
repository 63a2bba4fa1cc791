/**
 * Lets `import` find Python: `import { summarize } from "./report.py"` and `import numpy from "python:numpy"`. Start the program with `deno run --preload npm:@interloop/deno/register program.ts`.
 *
 * @example
 * ```ts no-run
 * import "@interloop/deno/register";
 *
 * const name = "python:math";
 * const { sqrt } = (await import(name)) as { sqrt(x: number): number };
 * console.log(sqrt(16)); // 4
 * ```
 */
import "./install.ts";
import { resolvePythonModules } from "@interloop/node-shared";

// @types/deno declares the namespace alone.
const { url } = import.meta as unknown as { url: string };

resolvePythonModules(url.replace(/register(?=\.\w+$)/, "index"));
