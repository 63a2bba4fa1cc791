// Runs the tests on every pair of a runtime and a CPython of this machine.
//   node scripts/matrix.mjs [--allow-fewer] [--runtime node-22|deno|bun]... [--python 3.9]... [-- <arguments for vitest>]
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fetchNode, nodeLines, root } from "./node-binary.mjs";
import { carriedLine, fetchCarried } from "./python-carrier.mjs";
import { ensureMatrixEnv } from "./python-env.mjs";
import { findPythons, pythonLines } from "./pythons.mjs";
import { describeRuntime, parseRuntime } from "./runtimes.mjs";
import { lineOf, runTests } from "./test.mjs";

function readOptions() {
  const end = process.argv.indexOf("--");
  const args = process.argv.slice(2, end === -1 ? undefined : end);
  const { values } = parseArgs({
    args,
    options: {
      "allow-fewer": { type: "boolean", default: false },
      runtime: { type: "string", multiple: true, default: [...nodeLines.map((line) => `node-${line}`), "deno", "bun"] },
      python: { type: "string", multiple: true, default: pythonLines },
    },
  });
  return { ...values, vitestArgs: end === -1 ? [] : process.argv.slice(end + 1) };
}

// The line that few systems have is fetched; without Go it is missing like any other.
function fetchMissing(options) {
  if (!options.python.includes(carriedLine) || findPythons().some(({ line }) => line === carriedLine)) return;
  try {
    fetchCarried();
  } catch (error) {
    console.error(error.message);
  }
}

function choosePythons(options) {
  fetchMissing(options);
  const pythons = findPythons().filter(({ line }) => options.python.includes(line));
  const missing = pythonLines.filter((line) => !pythons.some((python) => python.line === line));
  if (pythons.length === 0 || (missing.length > 0 && !options["allow-fewer"])) {
    const remedy = 'install them with a shared libpython (pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared), or pass "--allow-fewer"';
    throw new Error(`The matrix lacks CPython ${missing.join(", ")}: ${remedy}`);
  }
  return pythons;
}

function main() {
  const options = readOptions();
  const pythons = choosePythons(options);
  const prepared = spawnSync(process.execPath, [join("scripts", "prepare.mjs")], { stdio: "inherit", cwd: root });
  if (prepared.status !== 0) throw new Error("The addon or the Python environment could not be made");
  for (const runtime of options.runtime) {
    const { line } = parseRuntime(runtime) ?? {};
    if (line !== undefined) fetchNode(line);
  }

  const pairs = [];
  for (const python of pythons) {
    const interpreter = ensureMatrixEnv(python);
    for (const runtime of options.runtime) {
      const title = `${describeRuntime(runtime).padEnd(13)}  CPython ${python.version.padEnd(7)}`;
      console.log(`\n${title}`);
      const args = options.vitestArgs.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=dot"];
      pairs.push({
        title,
        ...runTests(runtime, `matrix-${runtime}-python${python.line}`, [...args, ...options.vitestArgs], { INTERLOOP_PYTHON: interpreter }),
      });
    }
  }

  console.log("\nPairs:");
  for (const pair of pairs) console.log(`  ${lineOf(pair.title, pair)}`);
  const failed = pairs.filter(({ ok }) => !ok).length;
  console.log(`${pairs.length - failed} pairs passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
