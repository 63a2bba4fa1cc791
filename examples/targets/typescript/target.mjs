const esm = "`NODE_OPTIONS=--experimental-vm-modules`, as for all [ES modules in Jest](https://jestjs.io/docs/ecmascript-modules)";
const prints = ["total 600 slept", "jobs 49 3", "error ZeroDivisionError true"];
const tested = "4 passed, 4 total";
const env = { NODE_OPTIONS: "--experimental-vm-modules" };

export default {
  group: "TypeScript",
  rows: [
    { title: "tsx", version: "tsx", needs: "Nothing", command: ["npx", "tsx", "main.ts"], prints },
    { title: "tsx as `--import`", version: "tsx", needs: "Nothing", command: ["node", "--import", "tsx", "main.ts"], prints },
    {
      title: "ts-node, ES module loader",
      version: "ts-node",
      needs: "Nothing",
      command: ["node", "--loader", "ts-node/esm/transpile-only", "main.ts"],
      prints,
    },
    { title: "Jest with ts-jest, ES modules", version: "ts-jest", needs: esm, env, command: ["npx", "jest", "-c", "jest-ts/jest.config.cjs"], prints: tested },
    {
      title: "Jest with ts-jest, CommonJS",
      version: "ts-jest",
      needs: esm,
      env,
      command: ["npx", "jest", "-c", "jest-ts/commonjs.config.cjs"],
      prints: tested,
    },
    { title: "Jest with Babel", version: "babel-jest", needs: esm, env, command: ["npx", "jest", "-c", "jest-babel/jest.config.cjs"], prints: tested },
  ],
};
