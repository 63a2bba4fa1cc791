/** Brings the adapter of the runtime that runs the example. An application for one runtime has the one line `import "@interloop/node"` instead. */
const { bun, deno } = process.versions as { readonly [name: string]: string | undefined };
const name = deno !== undefined ? "deno" : bun !== undefined ? "bun" : "node";

await import(`@interloop/${name}`);

export {};
