import { cpSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folders that the packages and Python are read from, and the addon. */
function narrow(project) {
  const modules = join(project.home, "node_modules");
  const addon = realpathSync(
    join(
      modules,
      readdirSync(modules, { recursive: true }).find((file) => file.endsWith("/interloop.node")),
    ),
  );
  return { addon, folders: [project.home, dirname(dirname(project.env.INTERLOOP_PYTHON))] };
}

const variables = "INTERLOOP_BINARY,INTERLOOP_NATIVE";
export default {
  group: "Flags and hosts",
  install: "deno",
  rows: [
    {
      title: "Deno",
      version: "deno",
      needs: "`--allow-ffi --allow-read --allow-env`",
      command: ["deno", "run", "--no-prompt", "--allow-ffi", "--allow-read", "--allow-env", "main.ts"],
      prints: ["slept 3", "job 49"],
    },
    {
      title: "Deno, permissions for single folders and variables",
      version: "deno",
      needs: `\`--allow-ffi=\` the addon's path, \`--allow-read=\` the folders of the packages and of Python, \`--allow-env=${variables}\``,
      async run(project) {
        const run = ["run", "--no-prompt"];
        const { addon, folders } = narrow(project);
        const [ffi, read, env] = [`--allow-ffi=${addon}`, `--allow-read=${folders}`, `--allow-env=${variables}`];
        await project.expect("deno", [...run, ffi, read, env, "main.ts"], ["slept 3", "job 49"]);
        const missing = [
          [[read, env], "--allow-ffi"],
          [[ffi, env], "--allow-read"],
          [[ffi, read], `--allow-env=${variables}`],
        ];
        for (const [flags, named] of missing) {
          await project.expect("deno", [...run, ...flags, "main.ts"], ["Deno does not let interloop", named], { expected: 1 });
        }
      },
    },
    {
      // The program that is appended to comes from Deno's own server: without it, compiling is tested, and the addon as the documentation has it, beside a program.
      title: "`deno compile`, as far as it goes without its runtime",
      version: "deno",
      async run(project) {
        const allowed = ["--no-prompt", "--allow-ffi", "--allow-read", "--allow-env"];
        const { stdout: deno } = await project.run("deno", ["eval", "console.log(Deno.execPath())"]);
        const env = { ...project.env, DENORT_BIN: deno.trim() };
        await project.expect("deno", ["compile", ...allowed, "--output", "program", "main.ts"], [/Embedded Files/, /node_modules/], { env });
        const beside = join(project.home, "beside");
        mkdirSync(beside);
        cpSync(narrow(project).addon, join(beside, "interloop.node"));
        await project.expect("deno", ["run", ...allowed, "main.ts"], ["slept 3", "job 49"], {
          env: { ...project.env, INTERLOOP_BINARY: join(beside, "interloop.node") },
        });
      },
    },
  ],
};
