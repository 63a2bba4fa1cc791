// Packs every public package as it is published, checks the tarballs, and uses them as users of each runtime do: node scripts/check-packages.mjs
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "./node-binary.mjs";
import { checkApi } from "./packages/api.mjs";
import { checkBun, checkDeno, checkJsr, checkMissingBinary, checkNode, checkTwoAddons, checkTwoCores, denoFlags } from "./packages/consumers.mjs";
import { contentFaults, lintPackage } from "./packages/contents.mjs";
import { build, isPlatform, packAll, packDependencies } from "./packages/pack.mjs";
import { startRegistry } from "./packages/registry.mjs";
import { checkConsumerTypes, foreignTypes } from "./packages/types.mjs";
import { runtimeBinary } from "./runtimes.mjs";

const work = mkdtempSync(join(tmpdir(), "interloop-packages-"));
let passed = 0;
let failed = 0;

// Each check runs, whether or not another failed.
async function check(title, action) {
  const begun = performance.now();
  try {
    const faults = (await action()) ?? [];
    if (faults.length > 0) throw new Error(faults.join("\n"));
    passed += 1;
    console.log(`${title}: good (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.error(`${title}: failed\n${error.message}`);
  }
}

try {
  build();
  const packages = packAll(work);
  const libraries = packages.filter((item) => !isPlatform(item));
  await check("Exported API", () => checkApi());
  await check("Packed content", () => packages.flatMap((item) => contentFaults(item).map((fault) => `${item.name}: ${fault}`)));
  for (const item of libraries) await check(`publint and attw on ${item.name}`, () => lintPackage(item));
  await check("Types of no other runtime", () => libraries.flatMap((item) => foreignTypes(item)));
  for (const item of libraries) await check(`A strict program on ${item.name}`, () => checkConsumerTypes(item, work));

  const registry = await startRegistry([...packages, ...packDependencies(packages, work)], work);
  const context = { work, packages, registry: registry.address, version: packages[0].manifest.version };
  const node = [runtimeBinary("node")];
  const bun = [runtimeBinary("bun")];
  const deno = [runtimeBinary("deno"), ...denoFlags, "--node-modules-dir=manual"];
  const uses = [
    ["The quickstart: npm, Node 22 and 24", () => checkNode(context)],
    ["The quickstart: Bun and its package manager", () => checkBun(context, bun[0])],
    ["The quickstart: Deno, with and without node_modules", () => checkDeno(context, deno[0])],
    ["Two copies of core in Node", () => checkTwoCores(context, "node", "npm-node", node)],
    ["Two copies of core in Bun", () => checkTwoCores(context, "bun", "bun", bun)],
    ["Two copies of core in Deno", () => checkTwoCores(context, "deno", "deno-local", deno)],
    ["Two copies of the addon in Node", () => checkTwoAddons(context, "node", "npm-node", node)],
    ["Two copies of the addon in Bun", () => checkTwoAddons(context, "bun", "bun", bun)],
    ["Two copies of the addon in Deno", () => checkTwoAddons(context, "deno", "deno-local", deno)],
    ["The error for a missing binary", () => checkMissingBinary(context)],
    ["JSR takes the sources, and Deno runs them", () => checkJsr(context, deno[0])],
  ];
  for (const [title, action] of uses) await check(title, action);
  registry.stop();
} catch (error) {
  failed += 1;
  console.error(error.message);
} finally {
  if (process.env.INTERLOOP_KEEP === "1") console.log(`Kept: ${work}`);
  else rmSync(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
// .ci/run adds these up.
if (existsSync(join(root, ".results"))) writeFileSync(join(root, ".results", "packages.json"), JSON.stringify({ passed, failed }));
process.exitCode = failed === 0 ? 0 : 1;
