import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { python } from "../src/index.ts";
import { withLoop } from "../src/testing.ts";

test(
  "withLoop in vitest",
  withLoop(async ({ loop }) => {
    python.exec("import asyncio\nasync def running_loop(): return asyncio.get_running_loop()");
    const running = python.eval("running_loop") as unknown as () => Promise<unknown>;
    expect(python.is(await running(), loop)).toBe(true);
  }),
);

test("withLoop in `Deno.test`", () => {
  const file = fileURLToPath(new URL("fixtures/with-loop.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["test", "--allow-all", "--no-check", "--conditions=@interloop/source", file], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" },
  });
  const output = `${stdout}\n${stderr}`;
  expect(status, output).toBe(1);
  expect(output).toMatch(/1 passed \| 2 failed/);
  expect(output).toContain("The test has left behind:");
  expect(output).toContain("on purpose");
});
