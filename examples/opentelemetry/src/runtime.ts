/** Which runtime runs the example. An application for one runtime has the one line `import "@interloop/node"` instead. */
const { bun, deno, node } = process.versions as { readonly [name: string]: string | undefined };
const name = deno !== undefined ? "deno" : bun !== undefined ? "bun" : "node";

await import(`@interloop/${name}`);

/** The runtime with its version. */
export const runtime: string = { deno: `Deno ${deno}`, bun: `Bun ${bun}`, node: `Node ${node}` }[name];
