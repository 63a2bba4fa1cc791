/** `withLoop` in vitest, and in the runtime's own test runner. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type * as testing from "@interloop/node/testing";
import { expect, test } from "vitest";
import { adapter, capabilities } from "./under-test.ts";

const { python } = adapter;
const { withLoop } = (await import(`@interloop/${capabilities.name}/testing`)) as typeof testing;

const source = "--conditions=@interloop/source";
const config = fileURLToPath(new URL("../deno.json", import.meta.url));

// How each runner is started, and how it says that one test has passed and two have failed.
const runners: Readonly<Record<string, { readonly args: readonly string[]; readonly says: RegExp }>> = {
  node: { args: ["--test", "--test-reporter=tap", source, "--disable-warning=ExperimentalWarning"], says: /# pass 1\n# fail 2\n/ },
  deno: { args: ["test", "--allow-all", "--no-check", source, "--config", config], says: /1 passed \| 2 failed/ },
  bun: { args: [source, "test"], says: / 1 pass\n 2 fail\n/ },
};

test(
  "withLoop in vitest",
  withLoop(async ({ loop }) => {
    python.exec("import asyncio\nasync def running_loop(): return asyncio.get_running_loop()");
    const running = python.eval("running_loop") as unknown as () => Promise<unknown>;
    expect(python.is(await running(), loop)).toBe(true);
  }),
);

test("withLoop in the runtime's own runner", () => {
  const { args, says } = runners[capabilities.name]!;
  const file = fileURLToPath(new URL("fixtures/with-loop.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, file], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" },
  });
  const output = `${stdout}\n${stderr}`;
  expect(status, output).toBe(1);
  expect(output).toMatch(says);
  expect(output).toContain("The test has left behind:");
  expect(output).toContain("on purpose");
});
