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

/**
 * Loads the package of that name, as the files of this package's folder see it. Tools that trace which files a program needs follow calls of `require` with a name in them; webpack follows them too and then fails on a binary,
 * so its output has none.
 */
export function requirePrebuilt(name: string, folder: string): unknown {
  if (typeof __webpack_require__ === "undefined") {
    const require = createRequire(import.meta.url);
    switch (name) {
      case "@interloop/native-linux-x64-gnu":
        return require("@interloop/native-linux-x64-gnu");
      case "@interloop/native-linux-x64-musl":
        return require("@interloop/native-linux-x64-musl");
      case "@interloop/native-linux-arm64-gnu":
        return require("@interloop/native-linux-arm64-gnu");
      case "@interloop/native-linux-arm64-musl":
        return require("@interloop/native-linux-arm64-musl");
      case "@interloop/native-darwin-arm64":
        return require("@interloop/native-darwin-arm64");
      case "@interloop/native-darwin-x64":
        return require("@interloop/native-darwin-x64");
    }
  }
  return requireFrom(join(folder, "package.json"))(name);
}
