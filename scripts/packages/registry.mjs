// A registry with the packed packages in it, so that they are installed as from npm: by name, with dependencies, and the platform chosen by the package manager.
// Run as a process of its own, because installing blocks: node registry.mjs <packages.json> prints its address.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

function documentOf({ name, manifest, tarball }, address) {
  const content = readFileSync(tarball);
  const dist = {
    tarball: `${address}/-/${basename(tarball)}`,
    shasum: createHash("sha1").update(content).digest("hex"),
    integrity: `sha512-${createHash("sha512").update(content).digest("base64")}`,
  };
  const { version } = manifest;
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } }, time: { [version]: "2026-01-01T00:00:00.000Z" } };
}

function serve(packages) {
  const server = createServer((request, response) => {
    const address = `http://${request.headers.host}`;
    const path = decodeURIComponent(new URL(request.url, address).pathname);
    const tarball = packages.find((item) => path === `/-/${basename(item.tarball)}`)?.tarball;
    const item = packages.find(({ name }) => path === `/${name}`);
    if (tarball !== undefined) response.end(readFileSync(tarball));
    else if (item !== undefined) response.setHeader("content-type", "application/json").end(JSON.stringify(documentOf(item, address)));
    else response.writeHead(404, { "content-type": "application/json" }).end('{"error":"not found"}');
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
}

/** Starts it: { address, stop }. */
export async function startRegistry(packages, work) {
  const list = join(work, "packages.json");
  writeFileSync(list, JSON.stringify(packages));
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), list], { stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(String(line).trim()));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The registry ended with ${code}`)));
  });
  return { address, stop: () => child.kill() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(JSON.parse(readFileSync(process.argv[2], "utf8")));
