// What a tarball must hold, may hold, and must not.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { root } from "../node-binary.mjs";
import { isPlatform, npmBin, run, sourceFolder, staleOutputs } from "./pack.mjs";

const always = ["package.json", "README.md", "LICENSE"];

// The sources come along on purpose: source maps and declaration maps lead to them.
function expected({ name, folder, manifest }) {
  const sources = sourceFolder(folder);
  const allowed = [/^CHANGELOG\.md$/, /^dist\/[\w./-]+\.(js|d\.ts)(\.map)?$/, new RegExp(`^${sources}/[\\w./-]+(?<!\\.test)\\.ts$`)];
  const needed = ["dist/index.js", "dist/index.d.ts", `${sources}/index.ts`];
  if (manifest.bin !== undefined) needed.push("dist/bin.js");
  if (name !== "@interloop/native") return { sources, allowed, needed };
  return {
    sources,
    allowed: [...allowed, /^lib\/prebuilt\.cjs$/, /^python\/interloop\/(_declarations\/)?\w+\.pyi?$/, /^python\/(interloop\/py\.typed|_interloop\.pyi)$/],
    needed: [...needed, "lib/prebuilt.cjs", "python/interloop/__init__.py", "python/interloop/py.typed", "python/_interloop.pyi"],
  };
}

const expectedOf = (item) => (isPlatform(item) ? { allowed: [/^interloop\.node$/], needed: ["interloop.node"] } : expected(item));

function filesIn(home) {
  const names = readdirSync(home, { recursive: true }).filter((name) => statSync(join(home, name)).isFile());
  return names.map((name) => name.split(sep).join("/"));
}

function manifestFaults(item) {
  const { manifest } = item;
  const faults = [];
  for (const key of ["version", "description", "license", "repository", ...(isPlatform(item) ? [] : ["engines"])])
    if (manifest[key] === undefined) faults.push(`package.json has no "${key}"`);
  for (const script of ["preinstall", "install", "postinstall", "prepare"]) if (manifest.scripts?.[script]) faults.push(`package.json runs "${script}"`);
  if (manifest.publishConfig?.access !== "public") faults.push("package.json does not publish with public access");
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies });
  for (const [name, range] of ranges) if (/^(file|link|workspace|git|https?):/.test(range)) faults.push(`package.json wants ${name} from "${range}"`);
  return faults;
}

/** What is wrong with a packed package, in words. */
export function contentFaults(item) {
  const { home } = item;
  const { sources, allowed, needed } = expectedOf(item);
  const files = filesIn(home);
  const faults = manifestFaults(item);
  for (const file of [...always, ...needed]) if (!files.includes(file)) faults.push(`"${file}" is missing`);
  for (const file of files) if (!always.includes(file) && !allowed.some((pattern) => pattern.test(file))) faults.push(`"${file}" does not belong there`);
  if (sources !== undefined) for (const file of staleOutputs(home, sources)) faults.push(`"${file}" comes from no source: remove dist and build again`);
  for (const file of files) if (readFileSync(join(home, file), "latin1").includes(root)) faults.push(`"${file}" names a folder of this machine`);
  const licence = join(home, "LICENSE");
  if (existsSync(licence) && readFileSync(licence, "utf8") !== readFileSync(join(root, "LICENSE"), "utf8")) faults.push('"LICENSE" is not the project\'s');
  return faults;
}

/** Runs publint and attw; they throw. What holds only a binary has no entry that they know. */
export function lintPackage(item) {
  if (isPlatform(item)) return;
  run(join(npmBin, "publint"), ["--strict", item.tarball]);
  run(join(npmBin, "attw"), ["--profile", "esm-only", item.tarball]);
}
