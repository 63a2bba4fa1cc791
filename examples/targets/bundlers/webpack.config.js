// Also for Rspack. An ES module when MODULE is set, CommonJS otherwise.
import { basename, resolve } from "node:path";

const { ENTRY, OUT, EXTERNAL, MODULE } = process.env;
const asModule = MODULE ? { experiments: { outputModule: true } } : {};

export default {
  mode: "production",
  target: "node22",
  entry: { [basename(ENTRY, ".js")]: `./${ENTRY}` },
  output: { path: resolve(OUT), filename: MODULE ? "[name].mjs" : "[name].cjs", module: Boolean(MODULE) },
  externals: EXTERNAL ? [/^@interloop\//] : [],
  externalsType: MODULE ? "module" : "commonjs",
  // Quicker.
  optimization: { minimize: !MODULE },
  ...asModule,
};
