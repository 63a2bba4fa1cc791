const env = { NODE_OPTIONS: "--experimental-vm-modules" };
const needs = "`NODE_OPTIONS=--experimental-vm-modules`, as for all [ES modules in Jest](https://jestjs.io/docs/ecmascript-modules)";

export default {
  group: "Test runners",
  rows: [
    { title: "Jest", version: "jest", needs, env, command: ["npx", "jest", "--testMatch", "**/*.test.js"], prints: "21 passed, 21 total" },
    {
      title: "Jest, all files in one process",
      version: "jest",
      needs,
      env,
      command: ["npx", "jest", "-i", "--testMatch", "**/*.test.js"],
      prints: "21 passed, 21 total",
    },
    {
      title: "Jest, tests that are CommonJS",
      version: "jest",
      needs,
      env,
      command: ["npx", "jest", "--testMatch", "**/commonjs.cjs"],
      prints: "2 passed, 2 total",
    },
    {
      title: "Jest, what it says of a failed test",
      version: "jest",
      env,
      expected: 1,
      command: ["npx", "jest", "--testMatch", "**/failing.js"],
      prints: ['Received: "2020-01-01T00:00:00"', "ZeroDivisionError: division by zero", "2 failed, 2 total"],
    },
  ],
};
