// The examples in the documentation are true: node scripts/with-node.mjs scripts/doc-examples/index.mjs [file...] runs them and reports each failure with its file and line.
import { fork, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root, sourceFlags } from "../node-binary.mjs";
import { examplesIn, expectationsOf } from "./find.mjs";

// Inside the repository, so that the packages are found by their names; a folder per process, so that two runs do not meet.
const folder = join(root, ".doc-examples", String(process.pid));
const runner = fileURLToPath(new URL("./run.mjs", import.meta.url));
const DEADLINE = 30_000;

// Not documentation, or of adapters whose examples need another runtime.
const elsewhere = /^packages\/(conformance|deno|bun)\//;

/** The files that may have examples, relative to the repository. */
export function documents() {
  const patterns = ["packages/*/src/**/*.ts", "native/lib/**/*.ts", "*.md", "docs/**/*.md", "packages/*/*.md", "native/*.md"];
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).map((file) => file.split(sep).join("/"));
  return files.filter((file) => !elsewhere.test(file) && examplesOf(file).length > 0).sort((a, b) => a.localeCompare(b));
}

/** The examples of a file. */
export function examplesOf(file) {
  try {
    return examplesIn(file, readFileSync(join(root, file), "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${error.message}`, { cause: error });
  }
}

// Lines stay what they are in the document, so that stack traces and the compiler name the right ones.
function writeExamples(file) {
  return examplesOf(file).map((example) => {
    const path = join(folder, `${file.replaceAll("/", "__")}.${example.line}.ts`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, `${"\n".repeat(example.line - 1)}${example.code}\n\nexport {};\n`);
    return { ...example, path };
  });
}

/** Runs the examples of a file in one process. The failures, in words; none when all is well. */
export function runExamples(file, deadline = DEADLINE) {
  const examples = writeExamples(file).filter(({ run }) => run);
  if (examples.length === 0) return Promise.resolve([]);
  const list = examples.map((example) => ({ url: pathToFileURL(example.path).href, expectations: expectationsOf(example), program: example.program }));
  return new Promise((resolve) => {
    const failures = [];
    let current = 0;
    let output = "";
    let stuck = false;
    const place = () => `${file}:${examples[current].line}`;
    const child = fork(runner, [JSON.stringify(list)], {
      execArgv: sourceFlags,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      cwd: root,
    });
    const timer = setTimeout(() => {
      stuck = true;
      child.kill("SIGKILL");
    }, deadline);
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.on("message", ({ begin, failure }) => {
      current = begin ?? current;
      if (failure !== undefined) failures.push(`${place()}: ${failure}`);
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      const how = stuck ? `did not end within ${deadline} ms; the last example begun stands here` : `ended with ${signal ?? status}`;
      if (stuck || status !== 0) failures.push(`${place()}: the process ${how}\n${output}`);
      resolve(failures);
    });
  });
}

/** Type-checks the examples of all these files at once. The failures, in words. */
export function checkTypes(files) {
  if (files.flatMap(writeExamples).length === 0) return [];
  const config = join(folder, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ extends: "../../tsconfig.test.json", compilerOptions: { noUnusedLocals: false }, include: ["*.ts"] }));
  const { status, stdout } = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", config, "--pretty", "false"], {
    encoding: "utf8",
    cwd: root,
  });
  if (status === 0) return [];
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^\.doc-examples\/\d+\/(.*)\.\d+\.ts\((\d+),\d+\)/, (_, name, at) => `${name.replaceAll("__", "/")}:${at}`));
}

/** Runs the docstring examples of the Python package, without a JS runtime around it: { attempted, failures }. */
export function runDoctests() {
  const local = join(root, ".venv", "bin", "python");
  const python = process.env.INTERLOOP_PYTHON || (existsSync(local) ? local : "python3");
  const env = { ...process.env, PYTHONPATH: join(root, "native", "python") };
  const { status, stdout, stderr, error } = spawnSync(python, [join(root, "scripts", "doc-examples", "doctests.py")], { encoding: "utf8", cwd: root, env });
  if (error || status !== 0) return { attempted: 0, failures: [error?.message ?? stderr] };
  return JSON.parse(stdout);
}

/** Forgets what was written for this process. */
export function clean() {
  rmSync(folder, { recursive: true, force: true });
}

async function main(files) {
  const failures = checkTypes(files);
  for (const file of files) failures.push(...(await runExamples(file)));
  const python = runDoctests();
  failures.push(...python.failures);
  for (const failure of failures) console.error(failure);
  const count = files.flatMap(examplesOf).length;
  clean();
  console.log(`Examples: ${count} of ${files.length} files and ${python.attempted} lines of docstrings, ${failures.length} failures`);
  return failures.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  process.exitCode = await main(given.length > 0 ? given : documents());
}
