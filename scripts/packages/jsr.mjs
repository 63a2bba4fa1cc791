// Lays out what is published on JSR, as sources: node scripts/packages/jsr.mjs <folder>. The addon is not: JSR takes no binaries, so they come from npm.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { root } from "../node-binary.mjs";
import { readJson } from "./pack.mjs";

const members = ["core", "node-shared", "deno"];

function configOf({ name, version, license, exports, dependencies = {}, optionalDependencies = {} }) {
  const entries = Object.entries(exports).filter(([, target]) => target["@interloop/source"] !== undefined);
  const imports = Object.entries({ ...dependencies, ...optionalDependencies }).flatMap(([other, range]) => {
    const registry = members.some((member) => other === `@interloop/${member}`) ? "jsr" : "npm";
    return [[other, `${registry}:${other}@${range}`]];
  });
  return {
    name,
    version,
    license,
    exports: Object.fromEntries(entries.map(([path, target]) => [path, target["@interloop/source"]])),
    imports: Object.fromEntries(imports),
  };
}

/** A workspace of Deno with the packages in it. */
export function layOutJsr(out) {
  for (const member of members) {
    const from = join(root, "packages", member);
    const to = join(out, member);
    mkdirSync(to, { recursive: true });
    for (const name of ["src", "README.md", "LICENSE"]) cpSync(join(from, name), join(to, name), { recursive: true });
    writeFileSync(join(to, "deno.json"), JSON.stringify(configOf(readJson(join(from, "package.json"))), null, 2));
  }
  writeFileSync(join(out, "deno.json"), JSON.stringify({ workspace: members.map((member) => `./${member}`) }, null, 2));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) layOutJsr(process.argv[2]);
