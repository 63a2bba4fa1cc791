import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { types } from "node:util";
import { InterloopError } from "@interloop/core";
import type { ModuleLoader } from "@interloop/core";
import { requireFrom } from "@interloop/native";
import { resolve as resolveName } from "import-meta-resolve";
import { docsOf } from "./module-docs.ts";
import { withPlace } from "./syntax-errors.ts";

const hasScheme = /^[a-z][a-z\d+.-]+:/i;
const isRelative = /^\.{0,2}\//;
const NOT_FOUND: ReadonlySet<unknown> = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/** What Yarn's Plug'n'Play tells of itself: https://yarnpkg.com/advanced/pnpapi */
interface PnpApi {
  resolveRequest(specifier: string, issuer: string, options: { readonly conditions: ReadonlySet<string> }): string | null;
}

/** With Plug'n'Play there is no node_modules: Yarn knows where packages are, and which file may use which. */
function resolveWithPnp(specifier: string, from: string): string {
  const pnp = requireFrom(from)("pnpapi") as PnpApi;
  const path = pnp.resolveRequest(specifier, from, { conditions: new Set(["node", "import"]) });
  return path === null ? `node:${specifier}` : pathToFileURL(path).href;
}

/** Modules as `import` and `require` of this runtime load them. */
export const modules: ModuleLoader = {
  resolve(specifier, folder) {
    if (hasScheme.test(specifier)) return specifier;
    if (isRelative.test(specifier) || isAbsolute(specifier)) {
      const path = isAbsolute(specifier) ? specifier : join(folder, specifier);
      return existsSync(path) ? pathToFileURL(path).href : undefined;
    }
    const from = join(folder, "interloop.js");
    try {
      return process.versions["pnp"] === undefined ? resolveName(specifier, pathToFileURL(from).href) : resolveWithPnp(specifier, from);
    } catch (error) {
      if (NOT_FOUND.has((error as { code?: unknown }).code)) return undefined;
      throw error;
    }
  },
  require(url) {
    const require = requireFrom(url.startsWith("file:") ? fileURLToPath(url) : (import.meta.filename ?? join(process.cwd(), "program.js")));
    try {
      return namespaceOf(require(url.startsWith("file:") ? fileURLToPath(url) : url));
    } catch (error) {
      if (!isAsync(error)) throw withPlace(error, url);
      const message =
        "the module, or one that it imports, uses top-level await, and Python's import cannot wait on the thread of JavaScript; import it in JavaScript's own way before, or run the program with interloop's command";
      throw new InterloopError("import-async", message, { cause: error });
    }
  },
  async import(url) {
    try {
      return namespaceOf(await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ url));
    } catch (error) {
      throw withPlace(error, url);
    }
  },
  docs: docsOf,
};

/** Whether `require` refused a module because of its top-level await. */
function isAsync(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === "ERR_REQUIRE_ASYNC_MODULE" || (message?.includes("async module") === true && message.includes("unsupported"));
}

/** A CommonJS module has whatever it exports; its properties are what `import` would call its names. */
function namespaceOf(loaded: unknown): object {
  if (types.isModuleNamespaceObject(loaded)) return loaded as object;
  const named = (typeof loaded === "object" || typeof loaded === "function") && loaded !== null ? loaded : {};
  return { __proto__: null, ...named, default: loaded };
}
