import { writeFileSync } from "node:fs";
import { join } from "node:path";

const yarn = ["npx", "--yes", "@yarnpkg/cli-dist@4.12.0"];

export default {
  group: "Package managers",
  async install(project) {
    const settings = [
      "nodeLinker: pnp",
      "enableGlobalCache: false",
      "enableTelemetry: false",
      'unsafeHttpWhitelist: ["127.0.0.1"]',
      `npmScopes: { interloop: { npmRegistryServer: "${project.registry}" } }`,
    ];
    writeFileSync(join(project.home, ".yarnrc.yml"), `${settings.join("\n")}\n`);
    writeFileSync(join(project.home, "yarn.lock"), "");
    await project.run(yarn[0], [...yarn.slice(1), "install", "--no-immutable"]);
  },
  rows: [{ title: "Yarn, Plug'n'Play", version: "4.12.0", needs: "Nothing", command: [...yarn, "node", "main.js"], prints: "red slept 42" }],
};
