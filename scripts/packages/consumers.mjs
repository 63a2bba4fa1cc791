// Installs the packages into empty projects outside the repository, as users of each runtime do, and runs the quickstart of the README there.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ownPlatform, platforms } from "../../native/target.mjs";
import { examplesIn, expectationsOf } from "../doc-examples/find.mjs";
import { fetchNode, root } from "../node-binary.mjs";
import { ensureDefaultEnv } from "../python-env.mjs";
import { layOutJsr } from "./jsr.mjs";
import { run } from "./pack.mjs";

/** The first examples of the README, each with what it says that it prints. */
function quickstart(adapter) {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const [, section] = /\n## Quickstart\n(.*?)\n## /s.exec(text) ?? [];
  const examples = examplesIn("README.md", section ?? "").filter((example) => example.run);
  if (examples.length === 0) throw new Error('README.md has no examples under "Quickstart"');
  return examples.map((example, index) => ({
    file: `quickstart-${index + 1}.ts`,
    code: example.code.replaceAll("@interloop/node", adapter),
    prints: expectationsOf(example).map(({ said }) => said),
  }));
}

// No runtime finds anything of the repository there, and a compiler least of all.
function environment(home) {
  const { PATH, LANG } = process.env;
  return {
    // npm runs on the Node that it finds there.
    PATH: `${dirname(fetchNode("24"))}${delimiter}${PATH}`,
    HOME: home,
    LANG,
    CXX: "false",
    INTERLOOP_PYTHON: ensureDefaultEnv(),
    BUN_INSTALL_CACHE_DIR: join(home, ".bun-cache"),
    DENO_DIR: join(home, ".deno-dir"),
    DENO_NO_UPDATE_CHECK: "1",
    npm_config_cache: join(home, ".npm-cache"),
    npm_config_update_notifier: "false",
    NO_COLOR: "1",
  };
}

function project({ work, name, registry, adapter, files }) {
  const home = join(work, "projects", name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, ".npmrc"), `registry=${registry}/\n`);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(home, file), JSON.stringify(content));
  const examples = quickstart(adapter);
  for (const { file, code } of examples) writeFileSync(join(home, file), code);
  return { home, examples, env: environment(home) };
}

function runQuickstart({ home, examples, env }, command, args) {
  for (const { file, prints } of examples) {
    const printed = run(command, [...args, file], { cwd: home, env, timeout: 60_000 }).trim();
    if (printed !== prints.join("\n"))
      throw new Error(`The quickstart (${file}) in ${home} says that it prints "${prints.join("\n")}" but prints "${printed}"`);
  }
}

// The adapter's command, by its name in the package or through the runtime's own way of running packages.
function runDoctor({ home, env }, command, args) {
  const report = JSON.parse(run(command, [...args, "doctor", "--json"], { cwd: home, env, timeout: 60_000 }));
  if (report.problems.length > 0 || !report.addon.file.startsWith(env.HOME)) throw new Error(`doctor in ${home} reports ${JSON.stringify(report)}`);
}

function onlyOwnPlatform(home) {
  const folder = join(home, "node_modules", "@interloop");
  const installed = readdirSync(folder).filter((name) => name.startsWith("native-"));
  if (installed.join() !== `native-${ownPlatform()}`)
    throw new Error(`Of the platforms, "${installed.join(", ")}" are installed in ${folder}, not ${ownPlatform()} alone`);
}

const application = { private: true, type: "module" };

/** npm and Node. */
export function checkNode(context) {
  const made = project({ ...context, name: "npm-node", adapter: "@interloop/node", files: { "package.json": application } });
  run("npm", ["install", "--no-audit", "--no-fund", "@interloop/node"], { cwd: made.home, env: made.env });
  onlyOwnPlatform(made.home);
  for (const line of ["22", "24"]) runQuickstart(made, fetchNode(line), []);
  runDoctor(made, "npx", ["--no", "@interloop/node"]);
  runDoctor(made, "npx", ["--no", "interloop-node"]);
}

/** Without its binary, or with that of another platform, the loader says all that it tried. */
export function checkMissingBinary({ work }) {
  const home = join(work, "projects", "npm-node");
  const binary = join(home, "node_modules", "@interloop", `native-${ownPlatform()}`, "interloop.node");
  const attempt = () => spawnSync(fetchNode("24"), ["quickstart-1.ts"], { cwd: home, env: environment(home), encoding: "utf8" });
  const tried = Object.keys(platforms).filter((name) => name.startsWith(`${process.platform}-${process.arch}`));
  const faults = [];
  const expectAll = (situation, { status, stderr }, parts) => {
    for (const part of parts) if (status === 0 || !stderr.includes(part)) faults.push(`With ${situation}, the error does not say "${part}":\n${stderr}`);
  };
  const places = tried.map((name) => `"@interloop/native-${name}"`);
  writeFileSync(binary, "no binary for this platform\n");
  expectAll("a foreign binary", attempt(), ["addon-missing", "interloop.node", ...places, "Reinstall with optional dependencies"]);
  rmSync(dirname(binary), { recursive: true });
  expectAll("no binary", attempt(), ["addon-missing", ...places, "Cannot find module"]);
  return faults;
}

function runProgram(home, file, name, [binary, ...args], rest = []) {
  const program = readFileSync(fileURLToPath(new URL(`./${file}`, import.meta.url)), "utf8");
  writeFileSync(join(home, file), program.replaceAll("@interloop/node", `@interloop/${name}`));
  return run(binary, [...args, file, ...rest], { cwd: home, env: environment(home), timeout: 60_000 }).trim();
}

/** Of two copies of the addon in one process the second refuses, and the first goes on. */
export function checkTwoAddons({ work, packages }, name, project, command) {
  const home = join(work, "projects", project);
  const addon = packages.find((item) => item.name === `@interloop/native-${ownPlatform()}`);
  const copy = join(home, "copy.node");
  cpSync(join(addon.home, "interloop.node"), copy);
  const printed = runProgram(home, "two-addons.ts", name, command, [copy]);
  if (printed !== "one addon") throw new Error(`It printed "${printed}"`);
}

/** A library with a copy of core in its own node_modules works with the adapter that the application installed. */
export function checkTwoCores({ work, packages }, name, project, command) {
  const home = join(work, "projects", project);
  const folder = join(home, "node_modules", "some-library");
  const core = packages.find((item) => item.name === "@interloop/core");
  cpSync(core.home, join(folder, "node_modules", core.name), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "some-library", version: "1.0.0", type: "module", exports: "./index.js" }));
  writeFileSync(join(folder, "index.js"), 'export * from "@interloop/core";\n');
  const printed = runProgram(home, "two-cores.ts", name, command);
  if (printed !== "one Python") throw new Error(`It printed "${printed}"`);
}

/** Bun with its own package manager. */
export function checkBun(context, bun) {
  const made = project({ ...context, name: "bun", adapter: "@interloop/bun", files: { "package.json": application } });
  run(bun, ["add", "@interloop/bun"], { cwd: made.home, env: made.env });
  onlyOwnPlatform(made.home);
  runQuickstart(made, bun, []);
  runDoctor({ ...made, env: { ...made.env, PATH: `${dirname(bun)}${delimiter}${made.env.PATH}` } }, bun, ["x", "@interloop/bun"]);
}

export const denoFlags = ["run", "--no-prompt", "--allow-ffi", "--allow-read", "--allow-env"];

/** Deno, which takes npm packages from its cache, or from a node_modules of its making. */
export function checkDeno(context, deno) {
  const imports = { "@interloop/deno": `npm:@interloop/deno@${context.version}` };
  const cached = project({ ...context, name: "deno-cache", adapter: "@interloop/deno", files: { "deno.json": { imports } } });
  runQuickstart(cached, deno, denoFlags);
  run(deno, ["check", "--quiet", ...cached.examples.map(({ file }) => file)], { cwd: cached.home, env: cached.env });
  runDoctor(cached, deno, ["run", "--no-prompt", "--allow-all", `npm:@interloop/deno@${context.version}`]);
  if (existsSync(join(cached.home, "node_modules"))) throw new Error(`Deno made a node_modules in ${cached.home}, which was to be left without`);
  const local = project({ ...context, name: "deno-local", adapter: "@interloop/deno", files: { "deno.json": { imports, nodeModulesDir: "auto" } } });
  runQuickstart(local, deno, denoFlags);
}

/** JSR would take the sources as they are, no type of the public face has to be inferred, and Deno runs them as they are. */
export function checkJsr({ work, registry }, deno) {
  const home = join(work, "jsr");
  layOutJsr(home);
  writeFileSync(join(home, ".npmrc"), `registry=${registry}/\n`);
  const env = environment(home);
  run(deno, ["publish", "--dry-run", "--allow-dirty", "--no-provenance", "--quiet"], { cwd: home, env });
  const examples = quickstart("@interloop/deno");
  for (const { file, code } of examples) writeFileSync(join(home, file), code);
  runQuickstart({ home, examples, env }, deno, denoFlags);
}
