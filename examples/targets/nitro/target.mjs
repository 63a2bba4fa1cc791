import { join } from "node:path";
import { expectAnswers, moveAway } from "../../../scripts/targets/serve.mjs";

const nitro = join("node_modules", ".bin", "nitropack");
const answers = { "/answer": '"sqrt":4,"job":49', "/data": '[{"a":[1,null]}]', "/wrong": [500, ""] };

export default {
  group: "Frameworks",
  night: true,
  rows: [
    {
      title: "Nitro, `nitro build`",
      version: "nitropack",
      needs: "Nothing",
      async run(project) {
        await project.run(nitro, ["build"]);
        await moveAway(project, ".output", (folder) => expectAnswers(project, ["node", "server/index.mjs"], answers, { cwd: folder }));
      },
    },
  ],
};
