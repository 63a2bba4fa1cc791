// Lays out what is published of the addon in native/npm: a package per platform with the binary alone, and @interloop/native, which names them as optional dependencies.
//   node native/npm.mjs [--complete] [--glibc 2.28]
//   node native/npm.mjs --prebuild [--glibc 2.28]
// The binaries are those in native/prebuilds/<platform>/ and, for this machine's platform, its own build. --complete demands all that must be published, --glibc that they run
// with that glibc. --prebuild only puts this machine's build into native/prebuilds, stripped.
import { spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pythonArchive } from "./archive.mjs";
import { ownPlatform, platforms } from "./target.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const binaryName = "interloop.node";

/** The newest version of glibc that a binary asks for, which is the oldest one it runs on. */
function glibcOf(binary) {
  const asked = readFileSync(binary, "latin1").matchAll(/GLIBC_(\d+)\.(\d+)/g);
  const newest = [...asked].map(([, major, minor]) => [Number(major), Number(minor)]).sort((a, b) => b[0] - a[0] || b[1] - a[1])[0];
  return newest?.join(".");
}

function strip(from, to) {
  const args = process.platform === "darwin" ? ["-x"] : ["--strip-unneeded"];
  const { status, error, stderr } = spawnSync("strip", [...args, "-o", to, from], { encoding: "utf8" });
  if (status !== 0) throw new Error(`"strip" failed on "${from}": ${error?.message ?? stderr}`);
}

/** This machine's build, stripped, with the Python package behind it. */
function ownBinary(out) {
  const built = join(here, "build", binaryName);
  if (!existsSync(built)) return undefined;
  const stripped = join(out, binaryName);
  mkdirSync(out, { recursive: true });
  strip(built, stripped);
  appendFileSync(stripped, pythonArchive(join(here, "python")));
  return stripped;
}

/** The binaries there are: { platform: file }. */
export function findBinaries(out) {
  const found = {};
  for (const name of Object.keys(platforms)) {
    const prebuilt = join(here, "prebuilds", name, binaryName);
    const file = existsSync(prebuilt) ? prebuilt : name === ownPlatform() ? ownBinary(join(out, "own")) : undefined;
    if (file !== undefined) found[name] = file;
  }
  return found;
}

const readManifest = () => JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const packageName = (platform) => `@interloop/native-${platform}`;

function writePackage(folder, manifest, readme) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  if (readme !== undefined) writeFileSync(join(folder, "README.md"), readme);
  copyFileSync(join(here, "LICENSE"), join(folder, "LICENSE"));
}

function writePlatform(folder, name, binary) {
  const { version, license, repository, publishConfig } = readManifest();
  const { os, cpu, libc } = platforms[name];
  const glibc = libc === "glibc" ? glibcOf(binary) : undefined;
  const { directory: _, ...publish } = publishConfig;
  const manifest = {
    name: packageName(name),
    version,
    description: `The native addon of interloop for ${name}`,
    license,
    repository,
    files: [binaryName],
    main: binaryName,
    publishConfig: publish,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    ...(glibc === undefined ? {} : { config: { glibc: `>=${glibc}` } }),
    // No "engines": npm leaves out an optional dependency that does not suit its own Node, and says nothing.
    preferUnplugged: true,
  };
  const needs = glibc === undefined ? "" : ` It needs glibc ${glibc} or newer.`;
  writePackage(
    folder,
    manifest,
    `# ${manifest.name}\n\nThe native addon of interloop for ${name}, a dependency of \`@interloop/native\`. Do not install it by itself.${needs}\n`,
  );
  copyFileSync(binary, join(folder, binaryName));
}

function writeMain(folder, names) {
  const { devDependencies: _d, scripts: _s, publishConfig, ...manifest } = readManifest();
  const { directory: _, ...publish } = publishConfig;
  const optionalDependencies = Object.fromEntries(names.map((name) => [packageName(name), manifest.version]));
  writePackage(folder, { ...manifest, publishConfig: publish, optionalDependencies });
  for (const name of ["README.md", "dist", "lib", "python"]) {
    cpSync(join(here, name), join(folder, name), { recursive: true, filter: (file) => !file.includes("__pycache__") && !file.includes("_cache") });
  }
}

/** Write all folders under `out`; the platforms are those that have a binary. Gives the folders, @interloop/native last: it is published after what it names. */
export function layOut(out, binaries) {
  const names = Object.keys(platforms).filter((name) => binaries[name] !== undefined);
  if (!existsSync(join(here, "dist", "index.js"))) throw new Error('The loader is not built: run "npm run build" first');
  for (const name of names) writePlatform(join(out, name), name, binaries[name]);
  writeMain(join(out, "native"), names);
  return [...names, "native"].map((name) => join(out, name));
}

/** The glibc that a binary needs; throws when that is newer than `oldest`. What a linker binds to is the newest version of each symbol that its system has, so only an older system helps. */
export function checkGlibc(name, file, oldest) {
  const glibc = platforms[name].libc === "glibc" ? glibcOf(file) : undefined;
  if (glibc && oldest && glibc.localeCompare(oldest, undefined, { numeric: true }) > 0) {
    throw new Error(
      `The binary for ${name} needs glibc ${glibc}, which is newer than ${oldest}, and may not be published: build it on a system that has ${oldest}, such as the image manylinux_2_28 of the workflow Prebuild`,
    );
  }
  return glibc;
}

function report(name, file, oldest) {
  const glibc = checkGlibc(name, file, oldest);
  console.log(`${name}: ${Math.round(readFileSync(file).length / 1024)} kB${glibc ? `, glibc ${glibc} or newer` : ""}`);
}

function main() {
  const flag = { type: "boolean", default: false };
  const { values } = parseArgs({ options: { prebuild: flag, complete: flag, glibc: { type: "string" } } });
  if (values.prebuild) {
    const folder = join(here, "prebuilds", ownPlatform());
    rmSync(folder, { recursive: true, force: true });
    const file = ownBinary(folder);
    if (file === undefined) throw new Error('The addon is not built: run "npm run build:native" first');
    report(ownPlatform(), file, values.glibc);
    return;
  }
  const out = join(here, "npm");
  rmSync(out, { recursive: true, force: true });
  const binaries = findBinaries(out);
  const missing = Object.keys(platforms).filter((name) => platforms[name].required && binaries[name] === undefined);
  if (values.complete && missing.length > 0) throw new Error(`There is no binary for ${missing.join(", ")} in native/prebuilds`);
  for (const [name, file] of Object.entries(binaries)) report(name, file, values.glibc);
  layOut(out, binaries);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
