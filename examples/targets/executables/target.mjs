import { chmodSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fetchNode } from "../../../scripts/node-binary.mjs";

const binary = (name) => join("node_modules", ".bin", name);
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
const printed = ["sqrt 4", "error ZeroDivisionError", "thread 3", "ended"];

/** Writes the bundle that the executables are made of. */
async function bundle(project, format) {
  const file = format === "cjs" ? "bundle.cjs" : "bundle.mjs";
  await project.run(binary("esbuild"), ["main.js", "--bundle", "--platform=node", `--format=${format}`, `--outfile=${file}`]);
  return file;
}

/** Runs an executable in a folder of its own: alone, with the addon beside it, and with the packages installed beside it. */
async function check(project, file, { jobs }) {
  const folder = join(project.home, "..", "..", "bare", file);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const program = join(folder, file);
  cpSync(join(project.home, file), program);
  chmodSync(program, 0o755);
  const installed = join(project.home, "node_modules");
  const away = `${installed}-away`;
  renameSync(installed, away);
  const expect = async (prints, options) => {
    const stdout = await project.expect(program, [], prints, { cwd: folder, ...options });
    if (stdout.split("started\n").length !== 2) throw new Error(`"${file}" was not started once:\n${stdout}`);
  };
  try {
    await expect("The native addon cannot be loaded", { expected: 1 });
    const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? "-musl" : "-gnu";
    const platform = `native-${process.platform}-${process.arch}${process.platform === "linux" ? libc : ""}`;
    const addon = join(folder, "interloop.node");
    cpSync(join(away, "@interloop", platform, "interloop.node"), addon);
    await expect([...printed, "job worker-died"]);
    rmSync(addon);
    cpSync(away, join(folder, "node_modules"), { recursive: true });
    await expect([...printed, jobs ? "job 49" : "job worker-died"]);
  } finally {
    renameSync(away, installed);
  }
}

function writeBunMain(project) {
  const source = readFileSync(join(project.home, "main.js"), "utf8");
  writeFileSync(join(project.home, "bun-main.js"), source.replaceAll("@interloop/node", "@interloop/bun"));
}

const beside = "[The addon beside it](executables.md)";

export default {
  group: "Executables",
  rows: [
    {
      title: "Node, single executable, `postject`",
      version: "node",
      needs: beside,
      night: true,
      async run(project) {
        writeFileSync(
          join(project.home, "sea.json"),
          JSON.stringify({ main: await bundle(project, "cjs"), output: "sea.blob", disableExperimentalSEAWarning: true }),
        );
        await project.run("node", ["--experimental-sea-config", "sea.json"]);
        cpSync(fetchNode("24"), join(project.home, "program-24"));
        await project.run(binary("postject"), ["program-24", "NODE_SEA_BLOB", "sea.blob", "--sentinel-fuse", fuse]);
        await check(project, "program-24", { jobs: true });
      },
    },
    {
      title: "Node, single executable, `--build-sea`",
      version: "node-26",
      needs: beside,
      night: true,
      async run(project) {
        for (const [format, more] of [
          ["cjs", {}],
          ["esm", { mainFormat: "module" }],
        ]) {
          const output = `program-26-${format}`;
          writeFileSync(
            join(project.home, "sea.json"),
            JSON.stringify({ main: await bundle(project, format), output, disableExperimentalSEAWarning: true, ...more }),
          );
          await project.run(fetchNode("26"), ["--build-sea", "sea.json"]);
          await check(project, output, { jobs: true });
        }
      },
    },
    {
      title: "`bun build --compile`",
      version: "bun",
      needs: beside,
      async run(project) {
        writeBunMain(project);
        await project.run("bun", ["build", "bun-main.js", "--compile", "--outfile", "program-bun"]);
        await check(project, "program-bun", { jobs: false });
      },
    },
    {
      title: "`bun build --compile`, with JS functions in `spawnBlocking`",
      version: "bun",
      needs: "`--compile-autoload-package-json`, and [the packages beside it](executables.md)",
      async run(project) {
        writeBunMain(project);
        await project.run("bun", ["build", "bun-main.js", "--compile", "--compile-autoload-package-json", "--outfile", "program-bun-jobs"]);
        await check(project, "program-bun-jobs", { jobs: true });
      },
    },
  ],
};
