// Builds the addon with a plain C++ compiler: no node-gyp, no download, no Python headers.
//   node native/build.mjs [--debug | --asan | --tsan] [--no-lto] [--force] [--verbose]
//   node native/build.mjs --target darwin-arm64   for another platform, with zig from PyPI or what CXX names, into build/darwin-arm64
//   node native/build.mjs --commands   writes build/compile_commands.json only, for clangd and clang-tidy; a build writes it as well
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isFor, ownPlatform, platforms } from "./target.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const require = createRequire(import.meta.url);
const flag = { type: "boolean", default: false };
const { values: options } = parseArgs({
  options: { debug: flag, asan: flag, tsan: flag, "no-lto": flag, target: { type: "string" }, commands: flag, force: flag, verbose: flag },
});
const platform = platforms[options.target ?? ownPlatform()];
if (platform === undefined) fail(`"${options.target ?? ownPlatform()}" is no platform that the addon is for: use one of ${Object.keys(platforms).join(", ")}`);
const mac = platform.os === "darwin";

const debug = ["-O1", "-g", "-fno-omit-frame-pointer", "-DINTERLOOP_DEBUG"];
const modes = {
  // What nothing refers to is left out, most of it libstdc++'s: the binary is downloaded by every user.
  release: {
    file: "interloop.node",
    compile: ["-O2", "-g1", "-DNDEBUG", "-ffunction-sections", "-fdata-sections"],
    link: [mac ? "-Wl,-dead_strip" : "-Wl,--gc-sections"],
  },
  debug: { file: "interloop-debug.node", compile: debug, link: [] },
  asan: { file: "interloop-asan.node", compile: [...debug, "-fsanitize=address"], link: ["-fsanitize=address"], sanitizer: true },
  tsan: { file: "interloop-tsan.node", compile: [...debug, "-fsanitize=thread"], link: ["-fsanitize=thread"], sanitizer: true },
};

const chosen = ["debug", "asan", "tsan"].filter((name) => options[name]);
if (chosen.length > 1) fail(`Choose one of --${chosen.join(" and --")}`);
const modeName = chosen[0] ?? "release";
const mode = modes[modeName];

function fail(message) {
  console.error(`build: ${message}`);
  process.exit(1);
}

// $CXX may carry arguments or a wrapper ("ccache g++").
async function findCompiler() {
  const asked = process.env.CXX?.trim();
  // Only the repository has the script, and packages are built for their own platform.
  if (options.target !== undefined && !asked) return [(await import("../scripts/zig.mjs")).fetchZig(), "c++", "-target", platform.zig];
  for (const candidate of asked ? [asked] : mac ? ["clang++", "c++"] : ["g++", "clang++", "c++"]) {
    const [command, ...args] = candidate.split(/\s+/);
    if (spawnSync(command, [...args, "--version"], { stdio: "ignore" }).status === 0) return [command, ...args];
  }
  const remedy = mac ? 'run "xcode-select --install"' : 'install one, on Debian with "apt-get install g++"';
  fail(asked ? `The C++ compiler "${asked}" (from CXX) does not run; unset CXX, or ${remedy}` : `There is no C++ compiler (g++ or clang++) on PATH; ${remedy}`);
}

function headers() {
  try {
    return [require("node-api-headers").include_dir];
  } catch (error) {
    fail(`The Node-API headers are missing (${error.message.split("\n")[0]}); run "npm install"`);
  }
}

const compiler = await findCompiler().catch((error) => fail(error.message));
const zig = compiler.includes("-target");
const version = spawnSync(compiler[0], [...compiler.slice(1), "--version"], { encoding: "utf8" }).stdout.split("\n")[0];

// Link-time optimization makes the shortest crossings about a tenth faster, and each link half a minute longer. clang's needs lld, which not every machine has.
const lto = modeName === "release" && !mac && !options["no-lto"] && version.includes("g++") ? ["-flto=auto"] : [];

const compileFlags = [
  ...mode.compile,
  ...lto,
  "-std=c++20",
  "-fPIC",
  "-pthread",
  "-fvisibility=hidden",
  "-fvisibility-inlines-hidden",
  // Python ends daemon threads with pthread_exit, which unwinds through our frames: nothing there may turn that into terminate().
  "-fno-exceptions",
  "-Wall",
  "-Wextra",
  `-I${source}`,
  "-DNAPI_VERSION=9",
  "-DNAPI_DISABLE_CPP_EXCEPTIONS",
  "-DNODE_ADDON_API_DISABLE_DEPRECATED",
  "-DBUILDING_NODE_EXTENSION",
  ...headers().flatMap((dir) => ["-isystem", dir]),
];

// Node-API symbols stay undefined: the runtime that loads the addon has them.
const linkFlags = mac
  ? // Node opens either kind; zig does not make bundles.
    [zig ? "-dynamiclib" : "-bundle", "-undefined", "dynamic_lookup", ...mode.link]
  : [
      "-shared",
      "-pthread",
      // Threads and hooks of ours outlive the environment that loaded us, and a runtime closes the addon with its worker.
      "-Wl,-z,nodelete",
      "-Wl,-Bsymbolic",
      // zig hides its own libc++ by itself.
      ...(zig ? [] : ["-Wl,--exclude-libs,ALL"]),
      // A prebuilt binary must not depend on the machine's libstdc++; sanitizers want the shared one.
      ...(mode.sanitizer ? [] : ["-static-libstdc++", "-static-libgcc"]),
      ...mode.link,
      ...lto.flatMap((flag) => [flag, "-O2"]),
    ];
const libraries = mac || zig ? [] : ["-ldl", "-lrt"];

const build = join(here, "build");
const place = options.target === undefined ? build : join(build, options.target);
const objects = join(place, modeName === "release" && lto.length === 0 ? "release-no-lto" : modeName);

const sources = existsSync(source)
  ? readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".cc") && isFor(name, platform))
      .sort((a, b) => a.localeCompare(b))
  : [];
if (sources.length === 0) fail(`There are no sources in "${relative(process.cwd(), source)}"`);

// Without what only GCC knows.
const commands = sources.map((name) => {
  const file = join(source, name);
  return { directory: here, file, arguments: ["c++", ...compileFlags.filter((each) => !lto.includes(each)), "-c", file] };
});
mkdirSync(build, { recursive: true });
writeFileSync(join(build, "compile_commands.json"), JSON.stringify(commands, undefined, 2));
if (options.commands) process.exit(0);

// A change of flags or compiler makes every object stale.
const stamp = JSON.stringify([compiler, version, compileFlags, linkFlags, libraries]);
const stampFile = join(objects, "flags.json");
if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) {
  rmSync(objects, { recursive: true, force: true });
  mkdirSync(objects, { recursive: true });
  writeFileSync(stampFile, stamp);
}

const mtime = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;

// Stale: missing, or older than anything the compiler read for it.
function isStale(object, depfile) {
  const built = mtime(object);
  if (options.force || built === undefined || !existsSync(depfile)) return true;
  const dependencies =
    readFileSync(depfile, "utf8")
      .replace(/\\\r?\n/g, " ")
      .replace(/^.*?:\s/, "")
      .match(/(?:\\.|\S)+/g) ?? [];
  return dependencies.some((name) => (mtime(name.replace(/\\(.)/g, "$1")) ?? Infinity) > built);
}

function run(args) {
  if (options.verbose) console.log([...compiler, ...args].join(" "));
  return new Promise((resolve) => {
    const child = spawn(compiler[0], [...compiler.slice(1), ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ ok: false, output: `${error.message}\n` }));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}

// Everything is written beside its place and renamed, so that builds may overlap and a process that has the old addon open keeps it.
const temporary = (file) => `${file}.${process.pid}.tmp`;

async function compile({ file, object, depfile }) {
  const started = new Date();
  const args = [...compileFlags, "-MMD", "-MF", temporary(depfile), "-MT", basename(object), "-c", file, "-o", temporary(object)];
  const { ok, output } = await run(args);
  if (output) process.stderr.write(output);
  if (!ok) {
    rmSync(temporary(object), { force: true });
    rmSync(temporary(depfile), { force: true });
    console.error(`build: "${relative(process.cwd(), file)}" does not compile`);
    return false;
  }
  // An edit made while the compiler ran is newer than the object.
  utimesSync(temporary(object), started, started);
  renameSync(temporary(depfile), depfile);
  renameSync(temporary(object), object);
  return true;
}

const units = sources.map((name) => {
  const stem = join(objects, basename(name, ".cc"));
  return { file: join(source, name), object: `${stem}.o`, depfile: `${stem}.d` };
});
const begun = performance.now();
const stale = units.filter(({ object, depfile }) => isStale(object, depfile));
const queue = [...stale];
const results = [];
async function work() {
  for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) results.push(await compile(unit));
}
await Promise.all(Array.from({ length: Math.min(availableParallelism(), queue.length) }, work));
if (results.includes(false)) process.exit(1);

const target = join(place, mode.file);
const linked = mtime(target);
const listing = JSON.stringify({ objects: basename(objects), sources });
const listFile = `${target}.json`;
const sameSources = existsSync(listFile) && readFileSync(listFile, "utf8") === listing;
if (stale.length > 0 || linked === undefined || !sameSources || units.some(({ object }) => mtime(object) > linked)) {
  const { ok, output } = await run([...linkFlags, "-o", temporary(target), ...units.map(({ object }) => object), ...libraries]);
  if (output) process.stderr.write(output);
  if (!ok) {
    rmSync(temporary(target), { force: true });
    fail(`"${mode.file}" does not link`);
  }
  renameSync(temporary(target), target);
  writeFileSync(listFile, listing);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`build: ${relative(process.cwd(), target)} (${stale.length} of ${units.length} compiled, ${seconds} s)`);
}
