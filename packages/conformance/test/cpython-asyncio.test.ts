/** CPython's own asyncio tests on GuestLoop inside the runtime: a quick part of what scripts/cpython-asyncio runs. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { capabilities } from "./under-test.ts";

const root = join(import.meta.dirname, "..", "..", "..");
// On Node the line that runs this; the others have but one.
const runtime = capabilities.name === "node" ? `node-${process.versions.node.split(".", 1)[0]}` : capabilities.name;
// A loop that drives itself sees nothing of the runtime around it, so the way without the C layer is tried in one of them.
const modes = capabilities.name === "node" ? ["node", "node-asyncio-handles"] : ["node"];
// The script itself is a program for Node.
const tool = capabilities.name === "node" ? process.execPath : "node";
const local = join(root, ".venv", "bin", "python");
const python = process.env["INTERLOOP_PYTHON"] || (existsSync(local) ? local : "python3");
// Relocatable builds and some distributions come without CPython's own tests.
const hasTests = spawnSync(python, ["-c", "import test.test_asyncio"]).status === 0;

test.runIf(hasTests)(
  "the classes of test_asyncio that pass on a stock loop pass on GuestLoop",
  async () => {
    const script = join(root, "scripts", "cpython-asyncio", "index.mjs");
    const args = [script, "--fast", "--python", python, ...modes.flatMap((mode) => ["--mode", mode])];
    const { status, output } = await new Promise<{ status: number; output: string }>((resolve) => {
      execFile(tool, args, { maxBuffer: 1e8, env: { ...process.env, INTERLOOP_RUNTIME: runtime } }, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : 1, output: stdout + stderr });
      });
    });
    assert.equal(status, 0, output);
  },
  300_000 * capabilities.patience,
);
