// Makes the project's own Python environment, .venv, from the pinned requirements; nothing happens when it is up to date.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./node-binary.mjs";
import { findPythons, pythonFacts } from "./pythons.mjs";

const remedy =
  process.platform === "darwin"
    ? '"brew install python" brings all of it'
    : 'on Debian or Ubuntu "apt install python3-venv libpython3.11", with the version of python3, brings all of it';

function readRequirements(file) {
  const text = readFileSync(join(root, file), "utf8");
  return text.replace(/^-r (.+)$/gm, (_, included) => readRequirements(included.trim()));
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", cwd: root });
  return { ok: status === 0, output: `${stdout ?? ""}${stderr ?? ""}`.trim() };
}

/** The interpreter in the environment `folder`, which is made or renewed first if it is not what it should be. */
export function ensureEnv(python, folder, requirements) {
  const home = join(root, folder);
  const binary = join(home, "bin", "python");
  const stampFile = join(home, "interloop-stamp");
  const identity = JSON.stringify([python.executable, python.version, readRequirements(requirements)]);
  const stamp = createHash("sha256").update(identity).digest("hex");
  if (existsSync(stampFile) && existsSync(binary) && readFileSync(stampFile, "utf8") === stamp) return binary;

  console.log(`Making ${folder} with CPython ${python.version} and the packages of ${requirements}`);
  rmSync(stampFile, { force: true });
  // Relocatable builds come without ensurepip: the pip of another interpreter puts one there first.
  const bare = !run(python.executable, ["-c", "import ensurepip"]).ok;
  const made = run(python.executable, ["-m", "venv", "--clear", ...(bare ? ["--without-pip"] : []), home]);
  if (!made.ok) throw new Error(`"${python.executable} -m venv" failed, ${remedy}\n${made.output}`);
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  const pip = bare ? run(defaultPython().executable, ["-m", "pip", "--python", binary, "install", ...quiet, "pip"]) : { ok: true };
  if (!pip.ok)
    throw new Error(`"${defaultPython().executable} -m pip" could not install pip into ${folder}: install a Python with pip as "python3"\n${pip.output}`);
  const installed = run(binary, ["-m", "pip", "install", ...quiet, "-r", join(root, requirements)]);
  if (!installed.ok) throw new Error(`pip could not install ${requirements} into ${folder}\n${installed.output}`);
  writeFileSync(stampFile, stamp);
  return binary;
}

/** The default interpreter: PYTHON, else python3, else the newest one found, whichever first can be embedded. */
export function defaultPython() {
  const named = process.env.PYTHON;
  const first = pythonFacts(named || "python3");
  if (named && first === undefined) throw new Error(`PYTHON names "${named}", which does not run: name a CPython 3.9 or newer, or unset it`);
  if (first?.supported && (first.shared || named)) return first;
  const other = findPythons().at(-1) ?? (first?.supported ? first : undefined);
  if (other === undefined) throw new Error(`No CPython 3.9 or newer was found as "python3": install one, ${remedy}`);
  return other;
}

/** The environment that the default test run, the tour, the benchmark and the linters use. */
export function ensureDefaultEnv() {
  return ensureEnv(defaultPython(), ".venv", "requirements-dev.txt");
}

/** The environment of one line of the matrix. */
export function ensureMatrixEnv(python) {
  return ensureEnv(python, join(".venvs", python.line), "requirements-test.txt");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(`Python: ${relative(process.cwd(), ensureDefaultEnv())}`);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
