/** JS modules for Python's `import`: what `interloop._modules` asks of this environment. */
import { errorClass, isErrorClass } from "../errors/error-classes.ts";
import { kindOf } from "../convert/function-kind.ts";
import { byReference } from "../convert/js-ref.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import { untracked } from "../environment/finalization.ts";
import { binding } from "../environment/environment.ts";
import type { ModuleLoader } from "../runtime/contract.ts";

/** The JS object that Python uses. Texts stand for lists: one crossing is enough then. */
export interface OfferedModules {
  resolve(specifier: string, folder: string): string | undefined;
  /** Load at once, on this thread. */
  require(url: string): object;
  /** Load for another thread: `settle` is given a function that returns the module or throws. */
  begin(url: string, settle: (take: () => object) => void): void;
  /** The names of the exports, joined by NUL. */
  names(namespace: object): string;
  /** What a function is; `object` for one that has properties of its own, as JS libraries like to. */
  kind(fn: object): string;
  /** The number of the Python class for a class of errors. */
  errorClass(fn: object, name: string, module: string): number;
  /** What the source says of its exports, as JSON; "" is the module itself. */
  docs(url: string): string;
}

// What interop between the kinds of JS modules adds.
const artificial = new Set(["__esModule", "module.exports"]);

/** What Python uses of `loader`. */
function offeredModules(loader: ModuleLoader): OfferedModules {
  return {
    resolve: (specifier, folder) => loader.resolve(specifier, folder),
    require: (url) => byReference(loader.require(url)) as object,
    begin(url, settle) {
      void loader.import(url).then(
        (namespace) => settle(() => byReference(namespace) as object),
        (error: unknown) =>
          settle(() => {
            throw error;
          }),
      );
    },
    names: (namespace) =>
      Object.keys(namespace)
        .filter((name) => !artificial.has(name))
        .join("\0"),
    kind: (fn) => (isErrorClass(fn) ? "error" : kindOf(fn) === "plain" && Object.keys(fn).length > 0 ? "object" : kindOf(fn)),
    errorClass: (fn, name, module) => (isErrorClass(fn) ? errorClass(fn, name, module) : -1),
    docs: (url) => JSON.stringify(loader.docs(url)),
  };
}

/** Leave the modules of this environment where Python finds them. `another`: JavaScript has used this Python before, on another thread or in another realm of this one. */
export function offerModules(loader: ModuleLoader, another: boolean): void {
  const builtin = binding.importModule("_interloop") as { offer_modules(modules: unknown): void };
  builtin.offer_modules(byReference(offeredModules(loader)));
  if (another) untracked(() => callBridge("begin_thread"));
}
