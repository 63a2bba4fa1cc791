module.exports = {
  rootDir: "..",
  testMatch: ["**/*.test.ts"],
  transform: {
    "\\.ts$": ["babel-jest", { configFile: false, presets: [["@babel/preset-env", { targets: { node: "22" } }], "@babel/preset-typescript"] }],
  },
};
