export default {
  group: "Package managers",
  async install(project) {
    await project.run("npx", ["--yes", "pnpm@10.18.0", "install"]);
  },
  rows: [{ title: "pnpm", version: "10.18.0", needs: "Nothing", command: ["node", "main.js"], prints: "red slept" }],
};
