module.exports = {
  rootDir: "..",
  testMatch: ["**/*.test.ts"],
  transform: { "\\.ts$": ["ts-jest", { diagnostics: false, tsconfig: { module: "commonjs", moduleResolution: "node10", target: "es2022" } }] },
};
