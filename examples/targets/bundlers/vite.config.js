// Vite takes the packages for external by itself.
export default { build: { ssr: process.env.ENTRY, outDir: process.env.OUT }, ssr: process.env.EXTERNAL ? {} : { noExternal: true } };
