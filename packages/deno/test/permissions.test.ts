/** What Deno itself refuses, in processes with fewer permissions. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("./fixtures/answer.ts", import.meta.url));

async function run(flags: readonly string[]): Promise<string> {
  const args = ["run", "--no-prompt", "--conditions=@interloop/source", ...flags, program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, NO_COLOR: "1" } });
  return stdout.trim();
}

const native = fileURLToPath(new URL("../../../native", import.meta.url));
const env = "--allow-env=INTERLOOP_BINARY,INTERLOOP_NATIVE";

test.each([
  { flags: ["--allow-ffi", "--allow-read", "--allow-env"], missing: [] },
  { flags: [`--allow-ffi=${native}/build`, `--allow-read=${native}`, env], missing: [] },
  // Deno gives a child of its own all permissions when it asks for none at all.
  { flags: ["--allow-sys"], missing: ["env", "read", "ffi"] },
  { flags: ["--allow-read", "--allow-env"], missing: ["ffi"] },
  { flags: ["--allow-read", "--allow-env", "--deny-ffi"], missing: ["ffi"] },
  { flags: ["--allow-read", "--allow-env", "--allow-ffi=/elsewhere"], missing: ["ffi"] },
  { flags: ["--allow-ffi", "--allow-env"], missing: ["read"] },
  { flags: ["--allow-ffi", "--allow-read"], missing: ["env"] },
])("with $flags", async ({ flags, missing }) => {
  const printed = await run(flags);
  if (missing.length === 0) expect(printed).toBe("42");
  else expect(printed).toMatch(/^permission-denied Deno does not let interloop load its addon: /);
  expect(["env", "read", "ffi"].filter((name) => printed.includes(`"--allow-${name}"`))).toEqual(missing);
});

test("workers run with the permissions that interloop itself needs", async () => {
  const program = fileURLToPath(new URL("./fixtures/blocking.ts", import.meta.url));
  const run = async (...flags: readonly string[]): Promise<string> => {
    const args = ["run", "--no-prompt", "--conditions=@interloop/source", ...flags, program];
    return (await promisify(execFile)(process.execPath, args, { env: { ...process.env, NO_COLOR: "1" } })).stdout.trim();
  };
  expect(await run("--allow-ffi", "--allow-read", env)).toBe("42");
  expect(await run("--allow-sys")).toMatch(/^permission-denied Deno does not let interloop start a worker: .*--allow-read/);
});

test("doctor does not try what needs a process that it may not start", async () => {
  const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
  const args = ["run", "--no-prompt", "--conditions=@interloop/source", "--allow-read", "--allow-env", "--allow-ffi", bin, "doctor", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, NO_COLOR: "1" } });
  expect(JSON.parse(stdout)).toMatchObject({ placements: { guest: true, thread: true, main: null }, problems: [] });
});
