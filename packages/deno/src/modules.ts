/**
 * JS modules for Python's `import`, as Deno's own `import` finds them: import maps, `npm:`, `jsr:` and `https:`.
 *
 * The problem: Deno resolves what a module of an npm package imports, as we are, in Node's way. What is done: a module that is in no package, of a `data:` URL, resolves and imports in our place.
 */
import { InterloopError } from "@interloop/core";
import type { ModuleLoader } from "@interloop/core";
import { modules } from "@interloop/node-shared";

const inline = (code: string): Promise<unknown> => import(`data:text/javascript,${encodeURIComponent(code)}`) as Promise<unknown>;

/** `import.meta.resolve` of the program: with its import map. */
const program = (await inline("export const resolve = (specifier) => import.meta.resolve(specifier)").catch(() => undefined)) as
  | { readonly resolve: (specifier: string) => string }
  | undefined;

const REMOTE = /^(npm|jsr|https?):/;

/** What could be loaded only by waiting, and was. */
const loaded = new Map<string, object>();

function resolveByProgram(specifier: string): string | undefined {
  try {
    return program?.resolve(specifier);
  } catch {
    return undefined; // Neither in the import map nor a URL.
  }
}

export const denoModules: ModuleLoader = {
  resolve(specifier, folder) {
    const isPath = /^\.{0,2}\//.test(specifier);
    const found = isPath ? undefined : resolveByProgram(specifier);
    return found !== undefined && (REMOTE.test(found) || found.startsWith("file:")) ? found : modules.resolve(specifier, folder);
  },
  require(url) {
    const known = loaded.get(url);
    if (known !== undefined) return known;
    if (!REMOTE.test(url)) return modules.require(url);
    throw new InterloopError(
      "import-async",
      `Deno loads "${url}" only for code that waits, and Python's import cannot wait on the thread of JavaScript; await "asyncio.to_thread(interloop.import_js, name)" before, run the program with interloop's command, or, of an npm package, import it in JavaScript too`,
    );
  },
  async import(url) {
    if (!REMOTE.test(url)) return modules.import(url);
    const { all } = (await inline(`export * as all from ${JSON.stringify(url)};`)) as { all: object };
    loaded.set(url, all);
    return all;
  },
  docs: (url) => (REMOTE.test(url) ? {} : modules.docs(url)),
};
