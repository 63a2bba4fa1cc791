import { fileURLToPath } from "node:url";
import { init as initCore } from "@interloop/core";
import type { InitOptions } from "@interloop/core";

/** Options of {@link init}: those of core, and files may be given as URLs. */
export interface FileInitOptions extends Omit<InitOptions, "python" | "packagePath"> {
  /** The Python executable: a path, a name on the PATH, or a file URL. Unless given: `INTERLOOP_PYTHON`, the active or local virtual environment, `python3` on the PATH. */
  readonly python?: string | URL;
  /** The folder of the Python package that interloop itself is half made of (`python` in `@interloop/native`): a path or a file URL. Unless given: `INTERLOOP_PACKAGE_PATH`, or the one beside the addon. A bundle may need it, or a program that is one file. */
  readonly packagePath?: string | URL;
}

/**
 * Choose how Python is found and run, before it is first used. Nothing starts yet: that happens on first use. The same choice can be made again.
 * Mirrors `pyo3_async_runtimes::tokio::init`.
 *
 * @throws InterloopError `already-initialized` after another choice, or once Python runs with another one; `bad-argument` for unknown options or values.
 * @example
 * ```ts
 * import { init, python } from "@interloop/node";
 *
 * init({ placement: "guest" });
 * console.log(python.import("sys").version_info.major); // 3
 * ```
 */
export function init(options: FileInitOptions = {}): void {
  // Core says what is wrong with options that are none.
  const { python, packagePath } = (options as FileInitOptions | null) ?? {};
  const files = {
    ...(python instanceof URL ? { python: fileURLToPath(python) } : {}),
    ...(packagePath instanceof URL ? { packagePath: fileURLToPath(packagePath) } : {}),
  };
  initCore(Object.keys(files).length > 0 ? ({ ...options, ...files } as InitOptions) : (options as InitOptions));
}
