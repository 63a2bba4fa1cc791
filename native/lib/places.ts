/**
 * Finds what belongs to the packages and is no JS that a bundler takes along: the addon, the Python package, the files that workers run.
 *
 * Nothing here is evaluated when the module is: a bundle that uses none of it needs none of it, and Deno may ask for a permission.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, realpathSync } from "node:fs";
import * as nodeModule from "node:module";
import { basename, dirname, isAbsolute, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

declare const __webpack_require__: unknown;

const adapters = ["@interloop/node", "@interloop/deno", "@interloop/bun"];

/** How each bundler is told to leave the packages out, for messages. */
export const bundleAdvice: string =
  'This is a bundle: mark @interloop/* as external and install the packages where it runs (esbuild, Bun: "--external:@interloop/*"; Deno: "--packages=external"; Rollup: external: [/^@interloop\\//]; tsdown: deps.neverBundle; Vite: ssr.external; ' +
  'webpack, Rspack: externals: [/^@interloop\\//] and externalsType "commonjs" or "module"; Next: serverExternalPackages: ["@interloop/node"]), or put what it lacks beside it: see the page on bundlers';

// In the output of webpack and Rspack, and of Turbopack, which leaves import.meta.dirname out, a module has the URL that its source had when it was built.
const isRewritten = typeof __webpack_require__ !== "undefined" || (import.meta.url?.startsWith("file:") && import.meta.dirname === undefined);

/** The folder of the package of ours that a module belongs to, by the module's URL. Undefined in a bundle. */
export function packageOf(url: string | undefined, name: string): string | undefined {
  if (isRewritten || url?.startsWith("file:") !== true) return undefined;
  const folder = dirname(dirname(fileURLToPath(url)));
  return isPackage(folder, name) ? folder : undefined;
}

function isPackage(folder: string, name: string): boolean {
  try {
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: unknown }).name === name;
  } catch {
    return false;
  }
}

/** The folder of this package, unless a bundler has moved this code. */
export function ownFolder(): string | undefined {
  return packageOf(import.meta.url, "@interloop/native");
}

/** `require` as a file would have it, without a bundler's notice. */
export function requireFrom(file: string): NodeJS.Require {
  return nodeModule.createRequire(file);
}

/** The files that a bundle may be, or lie beside: this code, the program's entry, the executable; and any file in the working folder. Deno does not tell all of it to every program. */
function* startingPoints(): Generator<string> {
  const points = [
    () => (import.meta.url?.startsWith("file:") ? fileURLToPath(import.meta.url) : undefined),
    // A bundle of CommonJS has no import.meta.url, but this.
    () => (typeof __filename === "string" ? __filename : undefined),
    () => process.argv[1],
    // An executable that a program was made into; the runtime's own lies among other things.
    () => (/^(?:node|deno|bun)(?:js|-\d+)?(?:\.exe)?$/.test(basename(process.execPath)) ? undefined : process.execPath),
    () => join(process.cwd(), "program.js"),
  ];
  for (const point of points) {
    try {
      const file = point();
      if (file !== undefined && isAbsolute(file)) yield file;
    } catch {
      // Not told.
    }
  }
}

/** The folders where a bundle's own files lie. */
export function bundleFolders(): string[] {
  return [...new Set([...startingPoints()].map((file) => dirname(file)))];
}

/** The folder of an installed package of ours, as seen from where a bundle lies: its own dependency, or one of its adapter. */
export function installedPackage(name: string): string | undefined {
  for (const file of startingPoints()) {
    for (const by of [undefined, ...adapters]) {
      const from = by === undefined ? dirname(file) : findPackage(file, by);
      const found = from === undefined ? undefined : findPackage(join(from, "package.json"), name);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The folder of a package as a file sees it. Bun's own search may install packages, so folders come first; Yarn's Plug'n'Play, which has none, goes through the runtime's. */
export function findPackage(file: string, name: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", name);
    if (isPackage(found, name)) return realpathSync(found);
    if (folder === dirname(folder)) break;
  }
  if (process.versions["pnp"] === undefined) return undefined;
  try {
    const found = dirname(requireFrom(file).resolve(`${name}/package.json`));
    return isPackage(found, name) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The folder above the Python package `interloop`, if it is at `folder` or in its `python`, and Python can read it. */
export function pythonIn(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  const real = process.versions["electron"] === undefined ? folder : folder.replace(/\.asar(?=[\\/]|$)/, ".asar.unpacked");
  return [real, join(real, "python")].find((place) => existsSync(join(place, "interloop", "_bridge.py")));
}

// The signature of the record at the end of a ZIP archive that has no comment, which is that long.
const END_OF_ARCHIVE = "PK\x05\x06";
const END_LENGTH = 22;

/** Whether a file has an archive at its end, from which Python can import. */
export function endsWithArchive(file: string): boolean {
  const descriptor = openSync(file, "r");
  try {
    const end = Buffer.alloc(END_LENGTH);
    readSync(descriptor, end, 0, END_LENGTH, Math.max(0, fstatSync(descriptor).size - END_LENGTH));
    return end.toString("latin1").startsWith(END_OF_ARCHIVE);
  } finally {
    closeSync(descriptor);
  }
}
