/** `pytest`: Python suites that test JS modules. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { has, type Capabilities } from "../capabilities.ts";
import { commandRunner } from "../child.ts";

const suite = fileURLToPath(new URL("suite", import.meta.url));
const without = fileURLToPath(new URL("without", import.meta.url));

/** Registers the tests of the command. */
export function runPytest(capabilities: Capabilities): void {
  const { command, harness, name } = capabilities;
  if (!has(command)) {
    harness.skip(`pytest (${command.missing})`);
    return;
  }
  const run = commandRunner(capabilities);
  const pytest = (...args: readonly string[]): ReturnType<typeof run> =>
    run(["pytest", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", suite, ...args]);

  harness.test("a Python suite imports a TypeScript module", async () => {
    const { status, stdout, stderr } = await pytest("-q", suite);
    assert.equal(status, 1, stdout + stderr);
    assert.match(stdout, /2 failed, 5 passed/);
    assert.match(stdout, /test_leaves_a_task[^]*The test has left behind:\ntask 'left over'/);
    assert.match(stdout, /assert 1 == 2/);
    const passing = await pytest("-q", suite, "-k", "total");
    assert.deepEqual([passing.status, passing.stderr], [0, ""], passing.stdout);
    const wrong = await pytest("--no-such-option");
    assert.equal(wrong.status, 4);
  });

  harness.test("a Python without pytest", async () => {
    const { status, stderr } = await run(["pytest", "-q", suite], { env: { PYTHONPATH: without } });
    assert.equal(status, 2, stderr);
    assert.match(stderr, new RegExp(`^interloop-${name} pytest: .*install pytest in the Python`));
  });
}
