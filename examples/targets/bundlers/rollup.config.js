import commonjs from "@rollup/plugin-commonjs";
import resolve from "@rollup/plugin-node-resolve";

const external = process.env.EXTERNAL ? [/^@interloop\//] : [];
export default { input: process.env.ENTRY, external, output: { dir: process.env.OUT, format: "es" }, plugins: [resolve({ preferBuiltins: true }), commonjs()] };
