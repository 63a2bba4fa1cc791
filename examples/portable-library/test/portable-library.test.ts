import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const { versions } = process as { versions: Record<string, string | undefined> };
const runtime = versions["deno"] !== undefined ? "deno" : versions["bun"] !== undefined ? "bun" : "node";
const flags = { node: [], deno: ["run", "--allow-ffi", "--allow-read", "--allow-env"], bun: [] }[runtime];

/** What a program of this folder prints, in the runtime that runs this. */
async function output(file: string): Promise<string> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--conditions=@interloop/source", path], { timeout: 20_000 });
  return stdout;
}

test("the same program prints the same in every runtime", async () => {
  expect(await output(`../apps/${runtime}.ts`)).toBe(`indexed 1 of 3
indexed 2 of 3
indexed 3 of 3
Trees: In autumn the [leaves] of trees turn yellow...
Ants: Ants carry [leaves] to their nest, in long...
by our own score: Bees
polen? pollen
QueryError: SQLite does not understand ""unbalanced"
changed my mind
`);
});

test("without an adapter, the error says which package to add", async () => {
  expect(await output("./fixtures/no-adapter.ts")).toMatch(new RegExp(`^InterloopError no-adapter: .*"@interloop/${runtime}"`));
});
