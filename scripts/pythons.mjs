// The CPythons of this machine that interloop can embed: node scripts/pythons.mjs prints them.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCarried } from "./python-carrier.mjs";

/** The Python lines that the tests run on. */
export const pythonLines = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];

const question = `
import json, os, sys, sysconfig
get = lambda name: sysconfig.get_config_var(name) or ""
names = {get("INSTSONAME"), get("LDLIBRARY")} - {""}
folders = [get("LIBDIR"), os.path.join(get("LIBDIR"), get("MULTIARCH")), os.path.join(sys.base_prefix, "lib")]
shared = bool(get("Py_ENABLE_SHARED") or get("PYTHONFRAMEWORK"))
found = bool(get("PYTHONFRAMEWORK")) or any(os.path.exists(os.path.join(f, n)) for f in folders for n in names if ".so" in n or ".dylib" in n)
print(json.dumps({
    "line": "%d.%d" % sys.version_info[:2],
    "version": ".".join(map(str, sys.version_info[:3])),
    "executable": sys.executable,
    "supported": sys.implementation.name == "cpython" and sys.version_info >= (3, 9) and not get("Py_GIL_DISABLED"),
    "shared": shared and found,
}))
`;

/** What that interpreter is, or undefined when it does not run. */
export function pythonFacts(command) {
  const { status, stdout } = spawnSync(command, ["-I", "-c", question], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  if (status !== 0) return undefined;
  return JSON.parse(stdout);
}

function pyenvInterpreters() {
  const answer = spawnSync("pyenv", ["root"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const pyenvRoot = process.env.PYENV_ROOT || (answer.status === 0 ? answer.stdout.trim() : "");
  const versions = pyenvRoot === "" ? "" : join(pyenvRoot, "versions");
  if (!existsSync(versions)) return [];
  const newestFirst = readdirSync(versions).sort((a, b) => b.localeCompare(a, undefined, { numeric: true }));
  return newestFirst.filter((name) => pythonLines.includes(name.split(".", 2).join("."))).map((name) => join(versions, name, "bin", "python3"));
}

/** One usable interpreter per line, oldest line first: what PATH has goes before what pyenv has, and that before what was fetched. */
export function findPythons() {
  const found = new Map();
  const carried = findCarried();
  for (const command of [...pythonLines.map((line) => `python${line}`), "python3", ...pyenvInterpreters(), ...(carried ? [carried] : [])]) {
    const facts = pythonFacts(command);
    if (facts?.supported && facts.shared && !found.has(facts.line)) found.set(facts.line, facts);
  }
  return pythonLines.filter((line) => found.has(line)).map((line) => found.get(line));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { version, executable } of findPythons()) console.log(`${version.padEnd(8)} ${executable}`);
}
