// Builds and packs every package as it is published.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findBinaries, layOut } from "../../native/npm.mjs";
import { ownPlatform, platforms } from "../../native/target.mjs";
import { root } from "../node-binary.mjs";

export const npmBin = join(root, "node_modules", ".bin");

/** Runs a command to its end and gives what it printed; throws with all of its output when it fails. */
export function run(command, args, options = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", cwd: root, maxBuffer: 1 << 28, ...options });
  if (status === 0) return stdout;
  const how = error?.message ?? (signal === null ? `status ${status}` : signal);
  throw new Error(`"${[command, ...args].join(" ")}" failed: ${how}\n${stdout ?? ""}${stderr ?? ""}`);
}

export const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/** The folders of what is published, in the order of the layers, core first. */
export function publicFolders() {
  const order = ["core", "native", "node-shared", "node", "deno", "bun"];
  const rank = (folder) => (order.indexOf(folder.split("/").pop()) + order.length + 1) % (order.length + 1);
  const folders = [...readdirSync(join(root, "packages")).map((name) => `packages/${name}`), "native"];
  const manifest = (folder) => join(root, folder, "package.json");
  return folders.filter((folder) => existsSync(manifest(folder)) && readJson(manifest(folder)).private !== true).sort((a, b) => rank(a) - rank(b));
}

/** The folder of a package that its dist is compiled from. */
export const sourceFolder = (folder) => (folder === "native" ? "lib" : "src");

/** The files of a dist that come from no source any more, relative to the package. */
export function staleOutputs(home, sources) {
  const dist = join(home, "dist");
  const compiled = existsSync(dist) ? readdirSync(dist, { recursive: true }).filter((file) => /(\.d\.ts|\.js)$/.test(file)) : [];
  return compiled.filter((file) => !existsSync(join(home, sources, file.replace(/(\.d\.ts|\.js)$/, ".ts")))).map((file) => join("dist", file));
}

/** Compiles every package that is published. What was compiled from a file that is gone goes too. */
export function build() {
  run(join(npmBin, "turbo"), ["run", "build", "build:native", ...publicFolders().map((folder) => `--filter=./${folder}`)]);
  for (const folder of publicFolders()) {
    for (const file of staleOutputs(join(root, folder), sourceFolder(folder)))
      for (const name of [file, `${file}.map`]) rmSync(join(root, folder, name), { force: true });
  }
}

// Whether a package manager picks the right platform shows only when there are others to pick: they hold a file that is no addon.
function binariesIn(work) {
  const own = ownPlatform();
  const placeholder = join(work, "placeholder");
  writeFileSync(placeholder, "no binary for this platform\n");
  const found = findBinaries(work);
  if (found[own] === undefined) throw new Error(`There is no addon for ${own}: run "npm run build:native"`);
  return Object.fromEntries(Object.keys(platforms).map((name) => [name, name === own ? found[own] : placeholder]));
}

/** Packs everything into `work`: { name, manifest, folder, tarball, home } each; `folder` is where its sources are, `home` the unpacked tarball, all of them as in a node_modules. */
export function packAll(work) {
  const laidOut = layOut(join(work, "npm"), binariesIn(work));
  const main = laidOut[laidOut.length - 1];
  const sources = publicFolders().map((folder) => [folder, folder === "native" ? main : join(root, folder)]);
  const all = [...sources, ...laidOut.filter((folder) => folder !== main).map((folder) => ["native", folder])];
  const report = JSON.parse(run("npm", ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", work, ...all.map(([, from]) => from)]));
  // npm 12 answers with an object by package name, npm 11 with a list.
  const entries = Array.isArray(report) ? report : Object.values(report);
  return all.map(([folder, from]) => {
    const manifest = readJson(join(from, "package.json"));
    const { filename } = entries.find(({ name }) => name === manifest.name);
    const tarball = join(work, filename);
    const home = join(work, "types", "node_modules", manifest.name);
    mkdirSync(home, { recursive: true });
    run("tar", ["-xzf", tarball, "--strip-components=1", "-C", home]);
    return { name: manifest.name, manifest, folder, tarball, home };
  });
}

/** Packs what `packages` depend on, as it is installed here: { name, manifest, tarball } each. Optional dependencies for other platforms are not there, so they are left out of the manifests. */
export function packDependencies(packages, work) {
  const own = new Set(packages.map(({ name }) => name));
  const found = new Map();
  const add = (names) => {
    for (const name of names) {
      if (own.has(name) || found.has(name)) continue;
      const manifest = readJson(join(installed(name), "package.json"));
      const optional = Object.entries(manifest.optionalDependencies ?? {}).filter(([other]) => existsSync(installed(other)));
      found.set(name, { ...manifest, optionalDependencies: Object.fromEntries(optional) });
      add([...Object.keys(manifest.dependencies ?? {}), ...optional.map(([other]) => other)]);
    }
  };
  for (const { manifest } of packages) add(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
  return [...found].map(([name, manifest]) => {
    const tarball = join(work, `${name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
    run("tar", ["-czf", tarball, "--transform", "s,^\\.,package,", "-C", installed(name), "."]);
    return { name, manifest, tarball };
  });
}

const installed = (name) => join(root, "node_modules", name);

/** Whether a package holds the binary of one platform and nothing else. */
export const isPlatform = ({ manifest }) => manifest.os !== undefined;
