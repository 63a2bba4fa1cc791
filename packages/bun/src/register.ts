/**
 * Lets `import` find Python: `import { summarize } from "./report.py"` and `import numpy from "python:numpy"`. Start the program with `bun --preload @interloop/bun/register program.ts`, or name it in `bunfig.toml`.
 *
 * @example
 * ```ts no-run
 * import "@interloop/bun/register";
 *
 * const name = "python:math";
 * const { sqrt } = (await import(name)) as { sqrt(x: number): number };
 * console.log(sqrt(16)); // 4
 * ```
 */
import "./install.ts";
import { pathToFileURL } from "node:url";
import { pythonModuleSource } from "@interloop/node-shared";

const adapter = import.meta.url.replace(/register(?=\.\w+$)/, "index");
const scheme = "python";

Bun.plugin({
  name: "interloop",
  setup(build) {
    build.onResolve({ filter: /^python:/ }, ({ path }) => ({ path: path.slice(scheme.length + 1), namespace: scheme }));
    build.onLoad({ filter: /.*/, namespace: scheme }, ({ path }) => ({ contents: pythonModuleSource(`${scheme}:${path}`, adapter), loader: "js" }));
    build.onLoad({ filter: /\.py$/ }, ({ path }) => ({ contents: pythonModuleSource(pathToFileURL(path).href, adapter), loader: "js" }));
  },
});
