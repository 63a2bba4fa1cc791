// Holds ARCHITECTURE.md to the tree: node scripts/check-architecture.mjs prints the files that it does not name.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folders = ["native/src", "native/python/interloop", "packages/core/src", "packages/node-shared/src"];

/** The files, by their paths, that `text` does not name: by themselves, or without their ending, as code. */
export function unnamedFiles(paths, text) {
  const words = new Set([...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => code.split(/[^\w.-]+/)));
  return paths.filter((path) => {
    const name = basename(path);
    return name !== "__init__.py" && !words.has(name) && !words.has(name.slice(0, -extname(name).length));
  });
}

function filesIn(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.(cc|h|py|ts)$/.test(name));
  return names.map((name) => join(folder, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(process.argv[1]));
  const missing = unnamedFiles(
    folders.flatMap((folder) => filesIn(join(root, folder))),
    readFileSync(join(root, "ARCHITECTURE.md"), "utf8"),
  );
  for (const path of missing) console.error(`${path}: ARCHITECTURE.md does not name it`);
  if (missing.length > 0) process.exit(1);
  console.log("ARCHITECTURE.md names every file");
}
