// Runs the tests on every pair of a Node line and a CPython of this machine.
//   node scripts/matrix.mjs [--allow-fewer] [--node 22]... [--python 3.9]... [-- <arguments for vitest>]
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fetchNode, nodeLines, root, sourceFlags } from "./node-binary.mjs";
import { ensureMatrixEnv } from "./python-env.mjs";
import { findPythons, pythonLines } from "./pythons.mjs";

function readOptions() {
  const end = process.argv.indexOf("--");
  const args = process.argv.slice(2, end === -1 ? undefined : end);
  const { values } = parseArgs({
    args,
    options: {
      "allow-fewer": { type: "boolean", default: false },
      node: { type: "string", multiple: true, default: nodeLines },
      python: { type: "string", multiple: true, default: pythonLines },
    },
  });
  return { ...values, vitestArgs: end === -1 ? [] : process.argv.slice(end + 1) };
}

function choosePythons(options) {
  const pythons = findPythons().filter(({ line }) => options.python.includes(line));
  const missing = pythonLines.filter((line) => !pythons.some((python) => python.line === line));
  if (pythons.length === 0 || (missing.length > 0 && !options["allow-fewer"])) {
    const remedy = 'install them with a shared libpython (pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared), or pass "--allow-fewer"';
    throw new Error(`The matrix lacks CPython ${missing.join(", ")}: ${remedy}`);
  }
  return pythons;
}

function runPair(node, python, interpreter, vitestArgs) {
  const name = `matrix-node${node}-python${python.line}`;
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=.results/${name}.json`];
  const vitest = [...sourceFlags, join("node_modules", "vitest", "vitest.mjs"), "run", ...reporters, ...vitestArgs];
  const started = Date.now();
  const { status } = spawnSync(fetchNode(node), vitest, { stdio: "inherit", cwd: root, env: { ...process.env, INTERLOOP_PYTHON: interpreter } });
  return { name: `Node ${node}  CPython ${python.version}`, passed: status === 0, seconds: Math.round((Date.now() - started) / 1000) };
}

function main() {
  const options = readOptions();
  const pythons = choosePythons(options);
  const prepared = spawnSync(process.execPath, [join("scripts", "prepare.mjs")], { stdio: "inherit", cwd: root });
  if (prepared.status !== 0) throw new Error("The addon or the Python environment could not be made");
  mkdirSync(join(root, ".results"), { recursive: true });

  const pairs = [];
  for (const python of pythons) {
    const interpreter = ensureMatrixEnv(python);
    for (const node of options.node) {
      console.log(`\nNode ${node} with CPython ${python.version}`);
      pairs.push(runPair(node, python, interpreter, options.vitestArgs));
    }
  }

  console.log("\nPairs:");
  for (const { name, passed, seconds } of pairs) console.log(`  ${name.padEnd(26)} ${passed ? "passed" : "FAILED"}  ${seconds} s`);
  const failed = pairs.filter(({ passed }) => !passed).length;
  console.log(`${pairs.length - failed} pairs passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
