// Every check of style and structure, all of them even when one fails: node scripts/lint.mjs [--fix]
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "./node-binary.mjs";
import { ensureDefaultEnv } from "./python-env.mjs";

const fix = process.argv.includes("--fix");
const npmBin = join(root, "node_modules", ".bin");
const env = { ...process.env, PATH: `${npmBin}${delimiter}${process.env.PATH}` };

function nativeSources() {
  const folder = join(root, "native", "src");
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true }).filter((name) => /\.(c|cc|cpp|h|hpp)$/.test(name));
  return names.map((name) => join(folder, name));
}

function checks() {
  const python = join(ensureDefaultEnv(), "..");
  const sources = nativeSources();
  const list = [
    ["oxlint", "oxlint", fix ? ["--fix"] : ["--deny-warnings"]],
    ["oxfmt", "oxfmt", fix ? [] : ["--check"]],
    ["ruff check", join(python, "ruff"), ["check", "--quiet", ...(fix ? ["--fix"] : [])]],
    ["ruff format", join(python, "ruff"), ["format", "--quiet", ...(fix ? [] : ["--check", "--diff"])]],
    ["mypy", join(python, "mypy"), ["--no-error-summary"]],
    ["clang-format", join(python, "clang-format"), [...(fix ? ["-i"] : ["--dry-run", "-Werror"]), ...sources]],
    ["clang-tidy", process.execPath, ["scripts/clang-tidy.mjs"]],
    ["layers", process.execPath, ["scripts/check-layers.mjs"]],
    ["architecture", process.execPath, ["scripts/check-architecture.mjs"]],
    ["folders of the addon", process.execPath, ["scripts/check-native-layers.mjs"]],
    ["knip", "knip", ["--no-progress"]],
  ];
  return sources.length > 0 ? list : list.filter(([name]) => !name.startsWith("clang-"));
}

const failed = [];
try {
  for (const [name, command, args] of checks()) {
    const { status, error } = spawnSync(command, args, { stdio: "inherit", cwd: root, env });
    if (error) console.error(`"${command}" could not be started: ${error.message}`);
    if (status !== 0) failed.push(name);
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
console.log(failed.length === 0 ? "Lint: all checks passed" : `Lint: ${failed.join(", ")} failed; "npm run format" mends what can be mended by itself`);
process.exit(failed.length === 0 ? 0 : 1);
