/** The prebuilt addons: a package per platform. */
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { requireFrom } from "./places.ts";

declare const __webpack_require__: unknown;

/** The names of the packages for this platform. Package managers install the one for the machine's libc; where they install both, the wrong one does not load. */
export function prebuiltNames(): string[] {
  const base = `@interloop/native-${process.platform}-${process.arch}`;
  return process.platform === "linux" ? [`${base}-gnu`, `${base}-musl`] : [base];
}

/** Loads the package of that name, as the files of this package's folder see it. Webpack would follow the call of `require` and fail on a binary, so its output does not have it. */
export function requirePrebuilt(name: string, folder: string): unknown {
  if (typeof __webpack_require__ === "undefined") {
    const require = createRequire(import.meta.url);
    // Both lib/ and dist/ lie beside it.
    const load = require("../lib/prebuilt.cjs") as (name: string) => unknown;
    const addon = load(name);
    if (addon !== undefined) return addon;
  }
  return requireFrom(join(folder, "package.json"))(name);
}
