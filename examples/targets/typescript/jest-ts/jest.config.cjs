module.exports = {
  rootDir: "..",
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": ["ts-jest", { useESM: true, diagnostics: false }] },
};
