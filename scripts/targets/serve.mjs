// Runs a server of a target while something asks it.
import { spawn } from "node:child_process";
import { cpSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const deadline = 120_000;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What a path answers: its status and its text. */
async function ask(address, path) {
  const response = await fetch(`${address}${path}`);
  return { status: response.status, text: await response.text() };
}

async function waitFor(child, address, path) {
  const end = Date.now() + deadline;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("The server has ended");
    try {
      return await ask(address, path);
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(200);
    }
  }
}

/**
 * Starts a server, which listens on `PORT`, and holds each answer of `paths` ({ path: text or regular expression, or [status, text] }) against what it should be.
 */
export async function expectAnswers(project, [command, ...args], paths, { cwd = project.home, env = {} } = {}) {
  const port = await freePort();
  const child = spawn(command, args, {
    cwd,
    env: { ...project.env, ...env, PORT: String(port), HOSTNAME: "127.0.0.1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const address = `http://127.0.0.1:${port}`;
  try {
    const names = Object.keys(paths);
    await waitFor(child, address, names[0]);
    for (const name of names) {
      const [status, wanted] = Array.isArray(paths[name]) ? paths[name] : [200, paths[name]];
      const answer = await ask(address, name);
      const good = wanted instanceof RegExp ? wanted.test(answer.text) : answer.text.includes(wanted);
      if (answer.status !== status || !good) throw new Error(`${name} answers ${answer.status} ${answer.text.slice(0, 1000)}, not ${status} ${wanted}`);
    }
  } catch (error) {
    throw new Error(`${error.message}\n${output.slice(-4000)}`, { cause: error });
  } finally {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

/** Copies what was built to a folder that sees no packages, and takes those of the project away while `action` runs there. */
export async function moveAway(project, built, action) {
  const folder = join(project.home, "..", "..", "bare", basename(project.home));
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(project.home, built), folder, { recursive: true, verbatimSymlinks: true });
  const installed = join(project.home, "node_modules");
  renameSync(installed, `${installed}-away`);
  try {
    await action(folder);
  } finally {
    renameSync(`${installed}-away`, installed);
  }
}
