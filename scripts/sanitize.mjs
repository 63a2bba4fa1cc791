// Runs the conformance suite with the AddressSanitizer build of the addon; fails when a report names our code or a test fails.
// Node and CPython are not instrumented, so what is found is misuse of memory in the addon and in what it hands to them.
//   node scripts/sanitize.mjs [vitest arguments...]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeBinary, root, sourceFlags } from "./node-binary.mjs";

/** What marks a report as ours: the addon's file or its sources. */
const ours = /interloop-asan\.node|native\/src\//;

function run(command, args, env = {}) {
  return spawnSync(command, args, { stdio: "inherit", cwd: root, env: { ...process.env, ...env } }).status;
}

function libasan() {
  const { stdout } = spawnSync(process.env.CXX ?? "g++", ["-print-file-name=libasan.so"], { encoding: "utf8" });
  const file = (stdout ?? "").trim();
  // Without the library the compiler answers with the bare name.
  if (!file.startsWith("/") || !existsSync(file)) throw new Error("The compiler has no libasan: install it (Debian and Ubuntu: libasan with the gcc packages)");
  return file;
}

function reports(folder) {
  return readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
}

function main() {
  if (process.platform !== "linux") throw new Error("The sanitizer run is for Linux");
  const preload = libasan();
  for (const step of [["scripts/prepare.mjs"], ["native/build.mjs", "--asan"]]) {
    if (run(process.execPath, step) !== 0) throw new Error(`"${step.join(" ")}" failed`);
  }
  const folder = mkdtempSync(join(tmpdir(), "interloop-asan-"));
  const options = [
    `log_path=${join(folder, "report")}`,
    // Neither Node nor CPython frees all it has at exit; the census counts ours.
    "detect_leaks=0",
    // Python's faulthandler sets another stack for signals, and the sanitizer would free that one as its own.
    "use_sigaltstack=0",
    // V8 has a handler of its own for faults in WebAssembly.
    "allow_user_segv_handler=1",
    "abort_on_error=0",
    "exitcode=86",
    "detect_stack_use_after_return=0",
  ];
  const env = {
    LD_PRELOAD: preload,
    ASAN_OPTIONS: options.join(":"),
    INTERLOOP_NATIVE: "asan",
    // The sanitizer replaces malloc by symbol, which DEEPBIND would hide from Python.
    INTERLOOP_NO_DEEPBIND: "1",
    PYTHONMALLOC: "malloc",
    INTERLOOP_PATIENCE: "5",
    // The long rounds are for the release build.
    INTERLOOP_NIGHTLY: "",
  };
  const extra = process.argv.slice(2);
  const vitest = [join("node_modules", "vitest", "vitest.mjs"), "run", "--project", "conformance", ...extra];
  try {
    const status = run(nodeBinary(), [...sourceFlags, ...vitest], env);
    const found = reports(folder);
    const blamed = found.filter(({ text }) => ours.test(text));
    for (const { name, text } of found) console.error(`\n${name}${ours.test(text) ? "" : " (does not name our code)"}\n${text}`);
    console.log(`Sanitizer: ${found.length} reports, ${blamed.length} of them name our code; the suite ${status === 0 ? "passed" : "failed"}`);
    return blamed.length === 0 && status === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
