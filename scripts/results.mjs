// Adds up .results/*.json, each { passed, failed } or a report of vitest's JSON reporter, into one last line.
// A run that failed says so in .results/<name>.failed: not every failure is a failed test.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./node-binary.mjs";

const folder = join(root, ".results");
const files = (existsSync(folder) ? readdirSync(folder) : []).filter((file) => /\.(json|failed)$/.test(file));
const names = [...new Set(files.map((file) => file.replace(/\.(json|failed)$/, "")))].sort((a, b) => a.localeCompare(b));

function readReport(name) {
  return files.includes(`${name}.json`) ? JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) : {};
}

function countsOf(name, report) {
  const passed = report.numPassedTests ?? report.passed ?? 0;
  const failed = report.numFailedTests ?? report.failed ?? 0;
  return { passed, failed: failed === 0 && files.includes(`${name}.failed`) ? 1 : failed };
}

/** What failed, and what it said: repeated at the end, as a log of thousands of lines is often cut in its middle. */
function failuresOf({ testResults = [] }) {
  return testResults.flatMap(({ name, message, assertionResults }) => [
    ...(message ? [`${name}\n${message}`] : []),
    ...assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join("\n").slice(0, 1_500)}`),
  ]);
}

let passed = 0;
let failed = 0;
for (const name of names) {
  const report = readReport(name);
  const counts = countsOf(name, report);
  for (const failure of failuresOf(report)) console.log(`FAILED in ${name}: ${failure}\n`);
  console.log(`${name}: ${counts.passed} passed, ${counts.failed} failed`);
  passed += counts.passed;
  failed += counts.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
