export default {
  group: "Test runners",
  rows: [
    { title: "ava", version: "ava", needs: "Nothing", command: ["npx", "ava", "first.test.js", "second.test.js"], prints: "8 tests passed" },
    {
      title: "ava, `--no-worker-threads`",
      version: "ava",
      needs: "Nothing",
      command: ["npx", "ava", "--no-worker-threads", "first.test.js", "second.test.js"],
      prints: "8 tests passed",
    },
    {
      title: "ava, what it says of a failed test",
      version: "ava",
      expected: 1,
      command: ["npx", "ava", "failing.js"],
      prints: ["Difference (- actual, + expected)", "ZeroDivisionError: division by zero", "2 tests failed"],
    },
  ],
};
