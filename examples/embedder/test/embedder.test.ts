import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const { versions } = process as { versions: Record<string, string | undefined> };
const flags = versions["deno"] === undefined ? [] : ["run", "--allow-all"];

test("plug-ins use Python through a host of their own", async () => {
  const program = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--conditions=@interloop/source", program], { timeout: 20_000 });
  expect(stdout).toBe(`runtime: embedder
clock: tick 1 slept
clock: tick 2 slept
clock: tick 3 slept
sum: 3
broken: ReferenceError: nothing is not defined
last frame: done
`);
});
