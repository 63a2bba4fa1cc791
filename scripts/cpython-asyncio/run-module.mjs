// Runs one module of test.test_asyncio in a process of its own, and goes on after a test class that hung or crashed.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../node-binary.mjs";
import { runtimeCommand } from "../runtimes.mjs";

const here = join(root, "scripts", "cpython-asyncio");
const runner = join(here, "run_tests.py");
const packageFolder = join(root, "native", "python");

// The runtime that the modes with "node" in their names run in.
const runtime = process.env.INTERLOOP_RUNTIME || (process.env.INTERLOOP_NODE ? `node-${process.env.INTERLOOP_NODE}` : "node");

/** The ways to run the tests: the loop, and whether it is inside Node (or the runtime that INTERLOOP_RUNTIME names) with the addon. */
const modes = {
  stock: { loop: "stock", node: false, env: {} },
  guest: { loop: "guest", node: false, env: {} },
  node: { loop: "guest", node: true, env: {} },
  "node-asyncio-handles": { loop: "guest", node: true, env: { INTERLOOP_NATIVE_HANDLES: "0" } },
  "node-stock": { loop: "stock", node: true, env: {} },
};

function command(mode, python) {
  if (!modes[mode].node) return [python, ["-X", "faulthandler", runner]];
  const [binary, ...args] = runtimeCommand(runtime);
  return [binary, [...args, join(here, "inside-node.mjs")]];
}

function launch(mode, python, args) {
  const [binary, prefix] = command(mode, python);
  const folder = mkdtempSync(join(tmpdir(), "interloop-asyncio-"));
  const env = { ...process.env, ...modes[mode].env, INTERLOOP_PYTHON: python, PYTHONDONTWRITEBYTECODE: "1", PYTHONASYNCIODEBUG: "", TMPDIR: folder };
  const search = modes[mode].node ? [here] : [here, packageFolder];
  env.PYTHONPATH = search.join(":");
  delete env.VIRTUAL_ENV;
  delete env.PYTHONHOME;
  const output = join(folder, "results.jsonl");
  const [module, loop, ...classes] = args;
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [...prefix, module, loop, output, ...classes], { stdio: ["ignore", "pipe", "pipe"], env, cwd: folder });
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (text += chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      let lines = [];
      try {
        lines = readFileSync(output, "utf8").trim().split("\n").filter(Boolean);
      } catch {
        // The process ended before it could write: `text` says why.
      }
      rmSync(folder, { recursive: true, force: true });
      resolve({ records: lines.map((line) => JSON.parse(line)), text, status: signal ?? code });
    });
  });
}

const tail = (text) => text.split("\n").slice(-60).join("\n");

/** The records of the classes of `module`; a class in which the process died has `died` with its last words. */
export async function runModule(mode, python, module, classes = []) {
  const { loop } = modes[mode];
  const results = [];
  let wanted = classes;
  for (;;) {
    const { records, text, status } = await launch(mode, python, [module, loop, ...wanted]);
    const names = records.find((record) => record.classes)?.classes;
    if (names === undefined) throw new Error(`${module} did not start (${mode}, status ${status}):\n${tail(text)}`);
    results.push(...records.filter((record) => record.class));
    if (records.some((record) => record.done)) return results;
    const left = names.filter((name) => (wanted.length === 0 || wanted.includes(name)) && !results.some((record) => record.class === name));
    if (left.length === 0) return results;
    results.push({ module, class: left[0], passed: 0, skipped: 0, failed: { [`(the process ended with ${status})`]: tail(text) }, died: true });
    wanted = left.slice(1);
    if (wanted.length === 0) return results;
  }
}
