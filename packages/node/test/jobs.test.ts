import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const index = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);

test.each(["process.exit(9)", "throw new Error('boot')"])("a worker that dies before it can take a job fails that job: %s", async (dies) => {
  const preload = `data:text/javascript,import { isMainThread } from "node:worker_threads"; if (!isMainThread) ${dies};`;
  const program = `
    import { spawnBlocking } from ${index};
    const jobs = [1, 2, 3].map((n) => spawnBlocking((n) => n, n).then(() => "ended", (error) => error.cause.code));
    console.log((await Promise.all(jobs)).join());
    console.log(await spawnBlocking(() => 1).then(() => "ended", (error) => error.cause.code));
  `;
  const { stdout } = await run(process.execPath, [...process.execArgv, "--import", preload, "--input-type=module", "--eval", program]);
  expect(stdout).toBe("worker-died,worker-died,worker-died\nworker-died\n");
});
