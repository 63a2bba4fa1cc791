// Packs every public package as npm would publish it, checks the tarballs, then installs them elsewhere and uses them there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeBinary, root } from "./node-binary.mjs";
import { ensureDefaultEnv } from "./python-env.mjs";

const npmBin = join(root, "node_modules", ".bin");
const folders = ["packages/core", "native", "packages/node"];

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", cwd: root, ...options });
  if (status !== 0) throw new Error(`"${[command, ...args].join(" ")}" failed\n${error?.message ?? ""}${stdout ?? ""}${stderr ?? ""}`);
  return stdout;
}

function pack(folder, destination) {
  const [{ filename, files }] = JSON.parse(run("npm", ["pack", "--json", "--silent", "--pack-destination", destination], { cwd: join(root, folder) }));
  const stray = files.map(({ path }) => path).filter((path) => /(^|\/)(test|__pycache__)\/|-(debug|asan|tsan)\.node$/.test(path));
  if (stray.length > 0) throw new Error(`${folder} packs what must not be published: ${stray.join(", ")}`);
  return join(destination, filename);
}

function checkInstalled(names, tarballs, home) {
  const dependencies = Object.fromEntries(names.map((name, index) => [name, `file:${tarballs[index]}`]));
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: home });
  const program = `
    for (const name of ${JSON.stringify(names)}) if (Object.keys(await import(name)).length === 0) throw new Error(name + " exports nothing");
    const { python } = await import("@interloop/node");
    await python.import("asyncio").sleep(0);
    if (python.eval("40 + 2") !== 42) throw new Error("Python does not answer");
  `;
  run(nodeBinary(), ["--input-type=module", "--eval", program], { cwd: home, env: { ...process.env, INTERLOOP_PYTHON: ensureDefaultEnv() } });
  for (const file of ["build/interloop.node", "python/interloop/py.typed", "python/interloop/__init__.py"]) {
    if (!existsSync(join(home, "node_modules/@interloop/native", file))) throw new Error(`@interloop/native does not carry "${file}"`);
  }
}

const home = mkdtempSync(join(tmpdir(), "interloop-packages-"));
try {
  run(join(npmBin, "turbo"), ["run", "build", "build:native"]);
  const tarballs = folders.map((folder) => pack(folder, home));
  for (const [index, tarball] of tarballs.entries()) {
    run(join(npmBin, "publint"), ["--strict", tarball]);
    run(join(npmBin, "attw"), ["--profile", "esm-only", tarball]);
    console.log(`${folders[index]}: publint and attw found nothing`);
  }
  const names = folders.map((folder) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).name);
  checkInstalled(names, tarballs, home);
  console.log(`${names.join(", ")}: work when installed from their tarballs`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true });
}
