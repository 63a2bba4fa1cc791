import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectAnswers, moveAway } from "../../../scripts/targets/serve.mjs";

const next = join("node_modules", ".bin", "next");
const answers = {
  "/api/answer": '{"sqrt":4,"job":49}',
  "/api/prepared": '{"prepared":1}',
  "/api/data": '{"a":[1,{"b":null}]}',
  "/api/wrong": [500, ""],
  "/": "sqrt 4",
  "/props": /value \{(&quot;|\\?")a(&quot;|\\?"):\[1,\{/,
};

function configure(project, config) {
  rmSync(join(project.home, ".next"), { recursive: true, force: true });
  writeFileSync(join(project.home, "next.config.mjs"), `export default ${JSON.stringify(config)};\n`);
}

const env = { NEXT_TELEMETRY_DISABLED: "1" };

const dev = (flag) => async (project) => {
  configure(project, {});
  await expectAnswers(project, [next, "dev", flag], answers, { env });
};

const start = (flag) => async (project) => {
  configure(project, {});
  await project.run(next, ["build", flag], { env: { ...project.env, ...env } });
  await expectAnswers(project, [next, "start"], answers, { env });
};

const standalone = (flag) => async (project) => {
  configure(project, { output: "standalone", serverExternalPackages: ["@interloop/node"] });
  await project.run(next, ["build", flag], { env: { ...project.env, ...env } });
  await moveAway(project, join(".next", "standalone"), (folder) => expectAnswers(project, ["node", "server.js"], answers, { cwd: folder, env }));
};

const external = '`serverExternalPackages: ["@interloop/node"]`';

export default {
  group: "Frameworks",
  night: true,
  rows: [
    ["Turbopack", "--turbopack"],
    ["webpack", "--webpack"],
  ].flatMap(([bundler, flag]) => [
    { title: `Next, ${bundler}, \`next dev\``, version: "next", needs: "Nothing", run: dev(flag) },
    { title: `Next, ${bundler}, \`next start\``, version: "next", needs: "Nothing", run: start(flag) },
    { title: `Next, ${bundler}, \`output: "standalone"\``, version: "next", needs: external, run: standalone(flag) },
  ]),
};
