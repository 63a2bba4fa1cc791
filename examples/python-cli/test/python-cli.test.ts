import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const { versions } = process as { versions: Record<string, string | undefined> };
const runtime = versions["deno"] !== undefined ? "deno" : versions["bun"] !== undefined ? "bun" : "node";
const flags = { node: [], deno: ["run", "-A"], bun: [] }[runtime];
const command = fileURLToPath(new URL(`../../../packages/${runtime}/src/bin.ts`, import.meta.url));
const program = fileURLToPath(new URL("../markdown.py", import.meta.url));

/** What the command prints and its status, as `npx @interloop/<runtime> markdown.py` gives them. */
async function run(args: readonly string[], input = ""): Promise<{ out: string; error: string; status: unknown }> {
  const child = spawn(process.execPath, [...flags, "--conditions=@interloop/source", command, program, ...args]);
  child.stdin.end(input);
  const [out, error, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { out, error, status };
}

test("it renders Markdown", async () => {
  expect(await run(["-"], "*hello*")).toMatchObject({ out: "<p><em>hello</em></p>\n", status: 0 });
  expect(await run(["--inline", "-"], "*hello*")).toMatchObject({ out: "<em>hello</em>\n", status: 0 });
}, 60_000);

test("wrong arguments are argparse's", async () => {
  const { error, status } = await run(["--outline"]);
  expect(error).toContain("usage: markdown.py");
  expect(status).toBe(2);
}, 60_000);
