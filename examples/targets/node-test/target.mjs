export default {
  group: "Test runners",
  rows: [
    { title: "`node --test`", version: "node", needs: "Nothing", command: ["node", "--test"], prints: [/# pass 6|ℹ pass 6/, /fail 0/] },
    {
      title: "`node --test`, all files in one process",
      version: "node",
      needs: "Nothing",
      command: ["node", "--test", "--test-isolation=none"],
      prints: [/# pass 6|ℹ pass 6/, /fail 0/],
    },
  ],
};
