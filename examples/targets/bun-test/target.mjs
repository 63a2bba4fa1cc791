export default {
  group: "Test runners",
  install: "bun",
  rows: [{ title: "`bun test`", version: "bun", needs: "Nothing", command: ["bun", "test"], prints: ["6 pass", "0 fail"] }],
};
