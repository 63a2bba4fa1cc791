// Adds up .results/*.json, each { passed, failed } or a report of vitest's JSON reporter, into one last line.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./node-binary.mjs";

function countsOf(report) {
  if (report.numTotalTests === undefined) return report;
  // A file that cannot be loaded and an error outside of any test fail the run without failing a test.
  const failed = report.numFailedTests || (report.success ? 0 : 1);
  return { passed: report.numPassedTests, failed };
}

const folder = join(root, ".results");
let passed = 0;
let failed = 0;
for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
  if (!name.endsWith(".json")) continue;
  const counts = countsOf(JSON.parse(readFileSync(join(folder, name), "utf8")));
  console.log(`${name.slice(0, -5)}: ${counts.passed} passed, ${counts.failed} failed`);
  passed += counts.passed;
  failed += counts.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
