// Run in a package after tsc: node ../../scripts/packages/plain-imports.mjs. TypeScript wraps what a dynamic import is given into a helper that renames relative paths, and with it the comments that tell bundlers
// to leave the import alone; they read these only right behind the parenthesis. Our dynamic imports get whole URLs, which the helper does not change.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

for (const name of readdirSync("dist", { recursive: true })) {
  if (!name.endsWith(".js")) continue;
  const file = join("dist", name);
  const text = readFileSync(file, "utf8");
  const plain = text
    .replaceAll(/\bimport\(__rewriteRelativeImportExtension\(((?:\/\*[^*]*\*\/\s*)*[\w.]+)\)\)/g, "import($1)")
    .replace(/^var __rewriteRelativeImportExtension = [\s\S]*?\n\};\n/m, "");
  if (plain.includes("__rewriteRelativeImportExtension")) throw new Error(`"${file}" has a dynamic import that is not understood`);
  if (plain !== text) writeFileSync(file, plain);
}
