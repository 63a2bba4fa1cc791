// Writes the table of what runs where into docs/placements.md, as the tests of all runtimes find it: node scripts/with-node.mjs scripts/placements.mjs
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTable } from "../packages/conformance/src/placements/table.ts";
import { root } from "./node-binary.mjs";
import { runTests } from "./test.mjs";

const outcomes = {};
for (const runtime of ["node", "deno", "bun"]) {
  const file = join(root, ".results", "placements", `${runtime}.json`);
  rmSync(file, { force: true });
  // The table that is there is the one to be replaced.
  runTests(runtime, "placements", ["--project", "conformance", "packages/conformance/test/placements.test.ts"]);
  outcomes[runtime] = JSON.parse(readFileSync(file, "utf8"));
}
const page = join(root, "docs", "placements.md");
writeFileSync(page, withTable(readFileSync(page, "utf8"), outcomes));
