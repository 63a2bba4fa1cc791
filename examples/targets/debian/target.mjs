// What the Dockerfiles of docs/containers.md make, without Docker: a Debian with nothing but its essential packages, Python and its shared library, and no compiler.
import { copyFileSync, cpSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";

const packages = ["python3", "python3-venv", "libpython3.11"];

/** The file of a runtime that is on the PATH. */
function which(project, name) {
  for (const folder of project.env.PATH.split(delimiter)) {
    try {
      copyFileSync(join(folder, name), join(project.home, "root", "usr", "local", "bin", name));
      return;
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  throw new Error(`There is no "${name}" on the PATH`);
}

async function install(project) {
  await project.run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]);
  const root = join(project.home, "root");
  const missing = await project.run("sh", ["-c", "command -v mmdebstrap && test $(id -u) = 0"], { expected: undefined });
  if (missing.status !== 0) throw new Error('This needs mmdebstrap, and root: "apt-get install mmdebstrap"');
  await project.run("mmdebstrap", ["--mode=root", "--variant=minbase", `--include=${packages.join(",")}`, "bookworm", root], { timeout: 600_000 });
  for (const name of ["node", "deno", "bun"]) which(project, name);
  for (const name of ["node_modules", "package.json", "main-node.js", "main-deno.js", "main-bun.js"]) {
    cpSync(join(project.home, name), join(root, "app", name), { recursive: true, verbatimSymlinks: true });
  }
  await inside(project, "python3 -m venv /app/.venv");
}

/** Run a command in there, from the root folder, with an environment of its own. As in a container there is a /proc, which goes with the command. */
function inside(project, command) {
  const root = join(project.home, "root");
  const script = 'mount -t proc proc "$1/proc" && exec chroot "$1" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root sh -c "cd / && $2"';
  return project.run("unshare", ["--mount", "sh", "-c", script, "sh", root, command]);
}

const row = (name, command) => ({
  title: `${name} on Debian 12 slim`,
  version: name.toLowerCase(),
  needs: "`libpython3.11`, and no compiler: [containers](containers.md)",
  async run(project) {
    const { stdout } = await inside(project, `! command -v cc && ${command}`);
    if (stdout.trim() !== "/app/.venv/bin/python slept") throw new Error(`It printed "${stdout}"`);
  },
});

export default {
  group: "Containers",
  night: true,
  install,
  rows: [
    row("Node", "node /app/main-node.js"),
    row("Deno", "deno run --allow-ffi --allow-read --allow-env --node-modules-dir=manual /app/main-deno.js"),
    row("Bun", "bun /app/main-bun.js"),
    {
      title: "Without libpython",
      version: "node",
      async run(project) {
        rmSync(join(project.home, "root", "usr", "lib", "x86_64-linux-gnu", "libpython3.11.so.1.0"));
        const { stdout } = await inside(project, "node /app/main-node.js 2>&1 || true");
        if (!stdout.includes("apt-get install libpython3.11")) throw new Error(`It printed "${stdout}"`);
      },
    },
  ],
};
