// Snapshots of what each package exports, in its api.txt: node scripts/packages/api.mjs [--update]
// A change of the public surface needs a changeset that names the package, and then "npm run api:update".
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { root } from "../node-binary.mjs";
import { build, publicFolders, readJson } from "./pack.mjs";
import { surfaceOf } from "./surface.mjs";

function snapshotOf(folder, manifest) {
  const entries = Object.entries(manifest.exports).filter(([, target]) => typeof target === "object" && target?.types !== undefined);
  const sections = entries.map(([path, { types }]) => `# ${manifest.name}${path.slice(1)}\n\n${surfaceOf(join(root, folder, types))}\n`);
  return sections.join("\n\n");
}

/** The names that the waiting changesets announce. */
function announced() {
  const folder = join(root, ".changeset");
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .map((name) => readFileSync(join(folder, name), "utf8"));
  return new Set(texts.flatMap((text) => [...(/^---\n(.*?)\n---/s.exec(text)?.[1] ?? "").matchAll(/^["']?(@?[\w./-]+)["']?:/gm)].map(([, name]) => name)));
}

function difference(before, after) {
  const folder = mkdtempSync(join(tmpdir(), "interloop-api-"));
  try {
    for (const [name, text] of Object.entries({ before, after })) writeFileSync(join(folder, name), text);
    const { stdout } = spawnSync("git", ["diff", "--no-index", "--no-color", "--no-prefix", "before", "after"], { cwd: folder, encoding: "utf8" });
    return stdout.split("\n").slice(4).join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compares every package with its snapshot, or rewrites those that may change. What is wrong, in words; none when all is well. */
export function checkApi({ update = false } = {}) {
  const names = announced();
  const faults = [];
  for (const folder of publicFolders()) {
    const manifest = readJson(join(root, folder, "package.json"));
    const file = join(root, folder, "api.txt");
    const before = existsSync(file) ? readFileSync(file, "utf8") : "";
    const after = snapshotOf(folder, manifest);
    if (before === after) continue;
    if (!names.has(manifest.name)) {
      faults.push(
        `The public surface of ${manifest.name} changes and no changeset names it: add one with "npm run changeset", then run "npm run api:update"\n${difference(before, after)}`,
      );
    } else if (update) {
      writeFileSync(file, after);
      console.log(`${folder}/api.txt: updated`);
    } else
      faults.push(
        `The public surface of ${manifest.name} is not that of its snapshot: if that is meant, run "npm run api:update"\n${difference(before, after)}`,
      );
  }
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  build();
  const faults = checkApi({ update: process.argv.includes("--update") });
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
