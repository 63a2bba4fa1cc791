// Runs run_tests.py in the interpreter that the addon embeds, in one synchronous call: the loop under test drives itself.
import process from "node:process";

const runtime = ["deno", "bun"].find((name) => process.versions[name] !== undefined) ?? "node";
const { init, python } = await import(`@interloop/${runtime}`);

init({ python: process.env.INTERLOOP_PYTHON });
const runner = python.import("run_tests");
try {
  runner.main(python.toPy(process.argv.slice(2)));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
// A test may leave threads and loops behind; the results are written.
process.exit();
