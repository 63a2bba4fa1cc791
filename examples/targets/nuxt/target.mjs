import { join } from "node:path";
import { expectAnswers, moveAway } from "../../../scripts/targets/serve.mjs";

const nuxt = join("node_modules", ".bin", "nuxt");
const env = { NUXT_TELEMETRY_DISABLED: "1" };
const answers = { "/api/answer": /"sqrt":\s*4,\s*"job":\s*49/, "/api/data": /"a":\s*\[\s*1,\s*null/, "/api/wrong": [500, ""], "/": /1,\s*null/ };

export default {
  group: "Frameworks",
  night: true,
  rows: [
    {
      title: "Nuxt, `nuxt dev`",
      version: "nuxt",
      needs: "Nothing",
      run: (project) => expectAnswers(project, [nuxt, "dev"], answers, { env }),
    },
    {
      title: "Nuxt, `nuxt build`",
      version: "nuxt",
      needs: "Nothing",
      async run(project) {
        await project.run(nuxt, ["build"], { env: { ...project.env, ...env } });
        await moveAway(project, ".output", (folder) => expectAnswers(project, ["node", "server/index.mjs"], answers, { cwd: folder, env }));
      },
    },
  ],
};
