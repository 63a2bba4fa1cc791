// CPython's own test.test_asyncio against GuestLoop where it drives itself. Fails when a class that passes on a stock
// SelectorEventLoop does not pass on GuestLoop and exceptions.json does not name it.
//
// node scripts/cpython-asyncio/index.mjs [--python EXECUTABLE]... [--mode MODE]... [--module MODULE]... [--fast] [--update]
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { root } from "../node-binary.mjs";
import { findPythons, pythonFacts } from "../pythons.mjs";
import { runModule } from "./run-module.mjs";
import { fastModules, format, name, skippedModules, summary } from "./table.mjs";

const here = join(root, "scripts", "cpython-asyncio");
const { values: options } = parseArgs({
  options: {
    python: { type: "string", multiple: true },
    mode: { type: "string", multiple: true },
    module: { type: "string", multiple: true },
    fast: { type: "boolean", default: false },
    update: { type: "boolean", default: false },
  },
});

const exceptions = JSON.parse(readFileSync(join(here, "exceptions.json"), "utf8")).classes;
const guestModes = (options.mode ?? ["guest", "node", "node-asyncio-handles"]).filter((mode) => mode !== "stock");
// A stock loop is the measure; the fast part asks it only about classes that fail.
const modes = options.fast ? guestModes : ["stock", ...guestModes];

function modulesOf(python) {
  const locate = "import test.test_asyncio, os; print(os.path.dirname(test.test_asyncio.__file__))";
  const { stdout, status } = spawnSync(python, ["-c", locate], { encoding: "utf8" });
  if (status !== 0) throw new Error(`"${python}" has no test.test_asyncio: install the test package of its standard library`);
  const files = readdirSync(stdout.trim()).filter((file) => /^test_\w+\.py$/.test(file));
  return files.map((file) => file.slice(0, -3)).filter((module) => !skippedModules.includes(module));
}

function excused(key, mode, line, failedTests) {
  const exception = exceptions[key];
  if (exception === undefined) return false;
  if (exception.modes && !exception.modes.includes(mode)) return false;
  if (exception.pythons && !exception.pythons.includes(line)) return false;
  return exception.tests === undefined || failedTests.every((test) => exception.tests.includes(test));
}

/** An error in a callback is a failure where the stock loop has none. */
function blameCallbacks(record, allowed = 0) {
  const errors = record.callback_errors ?? 0;
  if (errors > allowed) record.failed["(errors in callbacks)"] = `${errors} errors in callbacks, ${allowed} on a stock loop`;
}

/** The class again, by itself: a test of asyncio that is flaky on a busy machine is no finding. */
async function retried(mode, python, record, allowed) {
  for (let attempt = 2; attempt <= (record.died ? 2 : 3); attempt++) {
    const [again] = await runModule(mode, python, record.module, [record.class]);
    if (again) blameCallbacks(again, allowed);
    if (again && Object.keys(again.failed).length === 0) {
      console.log(`    ${name(record)} passed at attempt ${attempt} (${mode})`);
      return again;
    }
  }
  return record;
}

async function runPython({ executable, version, line }) {
  const table = {};
  const problems = [];
  const callbackErrors = new Map();
  const keepStock = (record) => {
    callbackErrors.set(name(record), record.callback_errors ?? 0);
    table[name(record)].stock = summary(record);
  };
  for (const module of options.module ?? (options.fast ? Object.keys(fastModules) : modulesOf(executable))) {
    for (const mode of modes) {
      const started = performance.now();
      for (let record of await runModule(mode, executable, module, options.fast ? fastModules[module] : [])) {
        const key = name(record);
        const row = (table[key] ??= {});
        if (mode === "stock") {
          keepStock(record);
          continue;
        }
        const isBad = Object.keys(record.failed).length > 0 || (record.callback_errors ?? 0) > 0;
        if (isBad && row.stock === undefined) (await runModule("stock", executable, module, [record.class])).forEach(keepStock);
        blameCallbacks(record, callbackErrors.get(key));
        const stockPassed = row.stock?.failed === undefined;
        if (Object.keys(record.failed).length > 0 && stockPassed && !excused(key, mode, line, Object.keys(record.failed))) {
          record = await retried(mode, executable, record, callbackErrors.get(key));
        }
        row[mode] = summary(record);
        const failed = Object.keys(record.failed);
        if (failed.length === 0 || !stockPassed || excused(key, mode, line, failed)) continue;
        problems.push(`${version} ${mode} ${key}`);
        for (const [test, text] of Object.entries(record.failed)) console.log(`--- ${version} ${mode} ${key}.${test}\n${text}`);
      }
      console.log(`  ${version} ${module} ${mode}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  }
  if (options.update) {
    const file = join(here, "results", `${line}.json`);
    writeFileSync(file, format(version, `${process.platform}-${process.arch}`, table));
  }
  const classes = Object.keys(table).length;
  console.log(`CPython ${version}: ${classes} classes, ${problems.length} of them fail on GuestLoop only`);
  return problems;
}

const pythons = options.python?.map((command) => pythonFacts(command)) ?? findPythons();
const problems = [];
const left = [...pythons];
// Most of these tests wait for something.
const lanes = Array.from({ length: availableParallelism() }, async () => {
  for (let python = left.shift(); python !== undefined; python = left.shift()) problems.push(...(await runPython(python)));
});
await Promise.all(lanes);
for (const problem of problems) console.error(`Fails on GuestLoop, passes on a stock loop: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
