/** Python modules that JavaScript imports: `import { summarize } from "./report.py"` and `import numpy from "python:numpy"`. */
import * as nodeModule from "node:module";
import { python } from "@interloop/core";

interface Files {
  exported_names(url: string): unknown;
  exported_names_of(name: string): unknown;
}

const SCHEME = "python:";

/** The names of a module's exports, by its syntax: nothing of a file is run. */
function exportsOf(url: string): string[] {
  const files = python.import<Files>("interloop._files");
  const names = url.startsWith(SCHEME) ? files.exported_names_of(url.slice(SCHEME.length)) : files.exported_names(url);
  return python.toJs<string[]>(names);
}

/**
 * A module of JavaScript that stands for a Python one. `url` is `python:` and a name, or that of a file; `adapter` the URL of the package that the program uses.
 *
 * @throws PyError SyntaxError, ModuleNotFoundError.
 */
export function sourceOf(url: string, adapter: string): string {
  const names = exportsOf(url);
  const module = url.startsWith(SCHEME)
    ? `python.import(${JSON.stringify(url.slice(SCHEME.length))})`
    : `python.importFile({ url: ${JSON.stringify(url)} }, ${JSON.stringify(url)})`;
  return [
    `import { python } from ${JSON.stringify(adapter)};`,
    `const module = ${module};`,
    "export { module as default };",
    // A property of a handle that Python does not have is undefined, as is a type that stands in a stub alone.
    ...names.map((name, index) => `const $${index} = module[${JSON.stringify(name)}];`),
    `export { ${names.map((name, index) => `$${index} as ${name}`).join(", ")} };`,
    "",
  ].join("\n");
}

/** Let `import` find Python modules on this thread, by the hooks of Node. */
export function registerPythonModules(adapter: string): void {
  nodeModule.registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith(SCHEME)) return { url: specifier, format: "module", shortCircuit: true };
      return next(specifier, context);
    },
    load(url, context, next) {
      if (!isPython(url)) return next(url, context);
      return { format: "module", source: sourceOf(withoutQuery(url), adapter), shortCircuit: true };
    },
  });
}

/** The same where a hook of `load` keeps native addons from being loaded, as in Deno: the module's source is its URL. */
export function resolvePythonModules(adapter: string): void {
  nodeModule.registerHooks({
    resolve(specifier, context, next) {
      const found = specifier.startsWith(SCHEME) ? { url: specifier } : next(specifier, context);
      if (!isPython(found.url)) return found as ReturnType<typeof next>;
      return { url: `data:text/javascript,${encodeURIComponent(sourceOf(withoutQuery(found.url), adapter))}`, format: "module", shortCircuit: true };
    },
  });
}

function isPython(url: string): boolean {
  return url.startsWith(SCHEME) || (url.startsWith("file:") && withoutQuery(url).endsWith(".py"));
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, "");
}
