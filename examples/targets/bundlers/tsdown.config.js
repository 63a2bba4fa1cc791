// tsdown takes the packages for external by itself.
const { ENTRY, OUT, EXTERNAL } = process.env;
export default { entry: [ENTRY], outDir: OUT, platform: "node", logLevel: "warn", ...(EXTERNAL ? {} : { deps: { alwaysBundle: [/./] } }) };
