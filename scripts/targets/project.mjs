// One project of examples/targets, copied out of the repository and installed as its user would install it.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fetchNode, root } from "../node-binary.mjs";
import { ensureDefaultEnv } from "../python-env.mjs";
import { describeRuntime, parseRuntime, runtimeBinary } from "../runtimes.mjs";

// What package managers have fetched is kept from run to run.
const cache = join(root, "node_modules", ".cache", "targets");

const installers = {
  npm: ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"],
  bun: ["bun", "install"],
  deno: ["deno", "install"],
  pnpm: ["npx", "--yes", "pnpm@10", "install"],
};

const deadline = 180_000;

// What a program or a package manager would take from the shell that the tests were started in. Proxies and certificates stay.
const personal = /^(interloop|npm|node_options|node_path|python|virtual_env|conda|cxx|deno|bun)/i;

/** What all targets run in: nothing of the repository but its runtimes and its Python, and no compiler. */
function environmentOf(home, caches) {
  const { PATH } = process.env;
  const binaries = [fetchNode("24"), runtimeBinary("deno"), runtimeBinary("bun")].map((binary) => dirname(binary));
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !personal.test(name))),
    PATH: [...binaries, PATH].join(delimiter),
    HOME: home,
    CI: "1",
    CXX: "false",
    INTERLOOP_PYTHON: ensureDefaultEnv(),
    BUN_INSTALL_CACHE_DIR: join(caches, "bun"),
    DENO_DIR: join(caches, "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    npm_config_cache: join(cache, "npm"),
    npm_config_update_notifier: "false",
    NO_COLOR: "1",
  };
}

// Whatever the command has started ends with it.
function spawnToEnd(command, args, { timeout = deadline, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, ...options });
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // All of them have ended.
      }
    };
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) child[name].on("data", (data) => (output[name] += data));
    const timer = setTimeout(kill, timeout);
    child.once("error", reject);
    child.once("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ ...output, status, signal });
    });
    child.once("exit", kill);
  });
}

function matches(output, prints) {
  return prints instanceof RegExp ? prints.test(output) : output.includes(prints);
}

/** A target in a folder of its own. What its rows are given as `project`. */
export function makeProject({ target, source, work, registry }) {
  const home = join(work, "targets", target.name);
  // Not in the project, where tools look for sources. Not kept either: our packages have one version, whatever is in them.
  const caches = join(work, "caches", target.name);
  const env = { ...environmentOf(home, caches), ...target.env };
  const project = {
    home,
    env,
    /** The address of the registry that has the packed packages. */
    registry,
    /** Run a command to its end: { stdout, stderr, status, signal }. Throws with all that was printed when its status is not `expected`. */
    async run(command, args = [], { expected = 0, ...options } = {}) {
      const result = await spawnToEnd(command, args, { cwd: home, env, ...options });
      if (expected !== undefined && result.status !== expected) {
        const how = result.signal ?? `status ${result.status}`;
        throw new Error(`"${[command, ...args].join(" ")}" ended with ${how}\n${result.stdout}${result.stderr}`);
      }
      return result;
    },
    /** As {@link run}, and throws unless its output has `prints`, a string or a regular expression. */
    async expect(command, args, prints, options) {
      const { stdout, stderr } = await project.run(command, args, options);
      for (const part of [prints].flat()) {
        if (!matches(`${stdout}${stderr}`, part)) throw new Error(`"${[command, ...args].join(" ")}" does not print ${part}\n${stdout}${stderr}`);
      }
      return stdout;
    },
    /** What a row is: one command and what it prints, or a function. */
    async runRow({ command, prints = [], expected, env: more, run }) {
      if (run !== undefined) return run(project);
      const [name, ...args] = command;
      await project.expect(name, args, prints, { expected, env: { ...env, ...more } });
    },
    /** The version of an installed package, of a runtime by its name, or the one that is given. */
    versionOf(name) {
      if (/^\d/.test(name)) return name;
      if (parseRuntime(name) !== undefined) return describeRuntime(name).replace(/^\w+ (\d+)\.(\d+)\..*/, name.startsWith("node") ? "$1" : "$1.$2");
      return JSON.parse(readFileSync(join(home, "node_modules", name, "package.json"), "utf8")).version;
    },
    async install() {
      if (typeof target.install === "function") return target.install(project);
      const [command, ...args] = installers[target.install ?? "npm"];
      await project.run(command, args);
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
  mkdirSync(home, { recursive: true });
  cpSync(source, home, { recursive: true, filter: (file) => !/[/\\]node_modules$/.test(file) });
  rmSync(join(home, "target.mjs"));
  // Only our packages come from the local registry.
  const npmrc = join(home, ".npmrc");
  writeFileSync(npmrc, `${existsSync(npmrc) ? readFileSync(npmrc, "utf8") : ""}@interloop:registry=${registry}/\n`);
  return project;
}
