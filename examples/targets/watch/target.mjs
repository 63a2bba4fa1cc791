import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** Changes the file as soon as it has run, three times. */
function watch(project, [command, ...args], name) {
  const file = join(project.home, `main-${name}.js`);
  const change = (to) => writeFileSync(file, readFileSync(file, "utf8").replace(/round = \d/, `round = ${to}`));
  change(1);
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, file], { cwd: project.home, env: project.env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let printed = "";
    let round = 1;
    const end = (error) => {
      clearTimeout(timer);
      // With the program that a watcher runs in a process of its own.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      if (error === undefined) resolve();
      else reject(error);
    };
    const timer = setTimeout(() => end(new Error(`Round ${round} did not come; it printed\n${printed}`)), 60_000);
    child.once("error", end);
    child.once("exit", (code, signal) => {
      if (signal !== "SIGKILL") end(new Error(`It ended with ${code}\n${printed}`));
    });
    const look = (data) => {
      printed += data;
      if (!printed.includes(`round ${round} ${10 + round}`)) return;
      if (round === 3) return end();
      round++;
      // In place: some watchers follow the file and not its name. Later, as they begin to look only when the program runs.
      setTimeout(() => change(round), 500);
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
  });
}

const row = (title, version, command) => ({ title, version, needs: "Nothing", run: (project) => watch(project, command, version) });

export default {
  group: "Flags and hosts",
  rows: [
    row("`node --watch`", "node", ["node", "--watch"]),
    row("`deno run --watch`", "deno", ["deno", "run", "-A", "--watch"]),
    row("`bun --watch`", "bun", ["bun", "--watch"]),
    row("`bun --hot`", "bun", ["bun", "--hot"]),
  ],
};
