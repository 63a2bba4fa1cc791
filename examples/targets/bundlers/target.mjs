import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";

const npx = (name) => join("node_modules", ".bin", name);
const esbuild =
  (format) =>
  ({ entry, out, external }) => ({
    command: [npx("esbuild"), entry, "--bundle", "--platform=node", `--format=${format}`, `--outdir=${out}`, ...(external ? ["--external:@interloop/*"] : [])],
    file: ".js",
    // The project is of ES modules.
    type: format === "cjs" ? "commonjs" : "module",
  });
const configured =
  (command, file, more = {}) =>
  ({ entry, out, external }) => ({
    command,
    file,
    env: { ENTRY: entry, OUT: out, ...(external ? { EXTERNAL: "1" } : {}), ...more },
  });
const bun =
  (target) =>
  ({ entry, out, external }) => ({
    command: ["bun", "build", entry, `--target=${target}`, `--outdir=${out}`, ...(external ? ["--external", "@interloop/*"] : [])],
    file: ".js",
  });

const bundlers = [
  { title: "esbuild, ES module", version: "esbuild", make: esbuild("esm") },
  { title: "esbuild, CommonJS", version: "esbuild", make: esbuild("cjs"), handOver: false },
  { title: "Rollup", version: "rollup", make: configured([npx("rollup"), "-c"], ".js") },
  { title: "Vite, SSR", version: "vite", make: configured([npx("vite"), "build"], ".js") },
  { title: "webpack, ES module", version: "webpack", make: configured([npx("webpack"), "-c", "webpack.config.js"], ".mjs", { MODULE: "1" }) },
  { title: "webpack, CommonJS, minified", version: "webpack", night: true, make: configured([npx("webpack"), "-c", "webpack.config.js"], ".cjs") },
  { title: "Rspack, ES module", version: "@rspack/core", make: configured([npx("rspack"), "build", "-c", "webpack.config.js"], ".mjs", { MODULE: "1" }) },
  { title: "Rspack, CommonJS", version: "@rspack/core", make: configured([npx("rspack"), "build", "-c", "webpack.config.js"], ".cjs") },
  { title: "tsdown", version: "tsdown", make: configured([npx("tsdown")], ".mjs") },
  { title: "`bun build`", version: "bun", runtime: "bun", make: bun("bun") },
  { title: "`bun build --target=node`", version: "bun", make: bun("node") },
  {
    title: "`deno bundle`",
    version: "deno",
    runtime: "deno",
    make: ({ entry, out, external }) => ({
      command: ["deno", "bundle", "--quiet", "--platform=deno", `--outdir=${out}`, ...(external ? ["--packages=external"] : []), entry],
      file: ".js",
    }),
  },
];

const runners = { node: ["node"], bun: ["bun"], deno: ["deno", "run", "-A"] };
const printed = ["sqrt 4", "error ZeroDivisionError", "thread 3"];
const advice = ["mark @interloop/* as external", "--external:@interloop/*", "serverExternalPackages"];

/** Builds an entry into a folder of its own, and gives the bundle's file. */
async function bundle(project, { make, runtime = "node" }, name, external) {
  const entry = runtime === "node" ? name : `${runtime}-${name}`;
  if (runtime !== "node") {
    const source = readFileSync(join(project.home, name), "utf8");
    writeFileSync(join(project.home, entry), source.replaceAll("@interloop/node", `@interloop/${runtime}`));
  }
  const out = join("dist", external ? "external" : "bundled");
  rmSync(join(project.home, out), { recursive: true, force: true });
  const { command, file, env, type = "module" } = make({ entry, out, external });
  await project.expect(command[0], command.slice(1), /^/, { env: { ...project.env, ...env } });
  writeFileSync(join(project.home, out, "package.json"), JSON.stringify({ type }));
  return join(project.home, out, basename(entry, ".js") + file);
}

async function runBundle(project, { runtime = "node" }, file, prints, options = {}) {
  const [command, ...args] = runners[runtime];
  const { arguments: rest = [], ...others } = options;
  const stdout = await project.expect(command, [...args, file, ...rest], prints, { cwd: dirname(file), ...others });
  // A bundle that was started by its own workers would say so again.
  const starts = stdout.split("started\n").length - 1;
  if (starts > 1) throw new Error(`The program was started ${starts} times`);
}

/** A folder that sees no packages, with the bundle alone in it. */
function move(project, file, name) {
  const folder = join(project.home, "..", "..", "bare", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  cpSync(dirname(file), folder, { recursive: true });
  return join(folder, basename(file));
}

/** What must lie beside a bundle that runs without installed packages. */
function putBeside(project, file) {
  const packages = join(project.home, "node_modules", "@interloop");
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? "-musl" : "-gnu";
  const platform = `native-${process.platform}-${process.arch}${process.platform === "linux" ? libc : ""}`;
  cpSync(join(packages, platform, "interloop.node"), join(dirname(file), "interloop.node"));
}

/** Takes the installed packages away, as on a machine that has the bundle alone, while `action` runs: some bundlers write down where they found them. */
async function without(project, action) {
  const installed = join(project.home, "node_modules");
  const { renameSync } = await import("node:fs");
  renameSync(installed, `${installed}-away`);
  try {
    await action();
  } finally {
    renameSync(`${installed}-away`, installed);
  }
}

function row(bundler) {
  const { title, version, night = false } = bundler;
  return {
    title,
    version,
    night,
    needs: "Nothing where the packages are installed; elsewhere [one file beside the bundle](bundlers.md)",
    async run(project) {
      const file = await bundle(project, bundler, "main.js", false);
      await runBundle(project, bundler, file, [...printed, "job 49", "ended"]);
      const external = await bundle(project, bundler, "main.js", true);
      await runBundle(project, bundler, external, [...printed, "job 49", "ended"]);
      const moved = move(project, file, version.replace("/", "-"));
      const beside = move(project, file, `${version.replace("/", "-")}-beside`);
      putBeside(project, beside);
      await without(project, async () => {
        await runBundle(project, bundler, moved, ["The native addon cannot be loaded", ...advice], { expected: 1 });
        await runBundle(project, bundler, beside, [...printed, "job worker-died", ...advice, "ended"]);
      });
      if (bundler.handOver !== false) await runBundle(project, bundler, await bundle(project, bundler, "hand-over.js", false), "where MainThread");
    },
  };
}

const told = {
  title: "A bundle that is told where the Python package is",
  version: "esbuild",
  needs: "`init({ packagePath })` or `INTERLOOP_PACKAGE_PATH`",
  async run(project) {
    const bundler = bundlers[0];
    const file = move(project, await bundle(project, bundler, "given.js", false), "told");
    putBeside(project, file);
    const folder = join(dirname(file), "elsewhere");
    cpSync(join(project.home, "node_modules", "@interloop", "native", "python"), folder, { recursive: true });
    await runBundle(project, bundler, file, `file ${join(folder, "interloop")}`, { arguments: [folder] });
    const other = move(project, await bundle(project, bundler, "main.js", false), "told-by-variable");
    putBeside(project, other);
    await runBundle(project, bundler, other, printed, { env: { ...project.env, INTERLOOP_PACKAGE_PATH: folder } });
    await runBundle(project, bundler, other, ["package-missing", "INTERLOOP_PACKAGE_PATH"], {
      env: { ...project.env, INTERLOOP_PACKAGE_PATH: dirname(folder) },
      expected: 1,
    });
  },
};

const partly = {
  title: "A bundle of the adapter alone",
  version: "esbuild",
  needs: "Nothing",
  async run(project) {
    const others = ["@interloop/node-shared", "@interloop/core", "@interloop/native", "piscina"].map((name) => `--external:${name}`);
    await project.run(npx("esbuild"), ["main.js", "--bundle", "--platform=node", "--format=esm", "--outfile=dist/jobs.js", ...others]);
    await runBundle(project, {}, join(project.home, "dist", "jobs.js"), [...printed, "job 49", "ended"]);
  },
};

const traced = {
  title: "Tracing with `@vercel/nft`",
  version: "@vercel/nft",
  needs: "Nothing",
  async run(project) {
    writeFileSync(
      join(project.home, "trace.js"),
      `import { nodeFileTrace } from "@vercel/nft";
import { cpSync, realpathSync } from "node:fs";
const { fileList } = await nodeFileTrace(["main.js", "package.json"]);
for (const file of fileList) cpSync(file, process.argv[2] + "/" + file, { recursive: true });
`,
    );
    const folder = join(project.home, "..", "..", "bare", "traced");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await project.run("node", ["trace.js", folder]);
    await without(project, () => runBundle(project, {}, join(folder, "main.js"), [...printed, "job 49", "ended"]));
  },
};

export default { group: "Bundlers", rows: [...bundlers.map(row), told, partly, traced] };
