// A registry as jsr.io, with one package.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const module = "export const vat = (price: number): number => price * 2;\n";
const sum = createHash("sha256").update(module).digest("hex");
const files = {
  "/@shop/vat/meta.json": { scope: "shop", name: "vat", latest: "1.0.0", versions: { "1.0.0": { createdAt: "2025-01-01T00:00:00Z" } } },
  "/@shop/vat/1.0.0_meta.json": { exports: { ".": "./mod.ts" }, manifest: { "/mod.ts": { size: module.length, checksum: `sha256-${sum}` } } },
};

/** Starts it; `close` ends it. */
export async function startJsr() {
  const server = createServer(({ url }, response) => {
    if (url in files) response.setHeader("content-type", "application/json").end(JSON.stringify(files[url]));
    else if (url === "/@shop/vat/1.0.0/mod.ts") response.setHeader("content-type", "application/typescript").end(module);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => void server.close() };
}
