import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));
const DEADLINE = 25_000;

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

const versions: Readonly<Record<string, string | undefined>> = process.versions;
const flags = versions["deno"] !== undefined ? ["run", "--allow-all"] : versions["bun"] !== undefined ? [] : ["--disable-warning=ExperimentalWarning"];

/** Runs the tour as `npm start` does, but for the build. */
function runTour(): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, "--conditions=@interloop/source", main], {
      cwd: root,
      timeout: DEADLINE,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

test("the tour tells its story to the end, and ends by itself", async () => {
  const { status, signal, stdout, stderr } = await runTour();
  expect({ status, signal, stderr }, stdout).toEqual({ status: 0, signal: null, stderr: "" });

  const headings = stdout.split("\n").filter((line) => /^\d+\. /.test(line));
  expect(headings).toEqual([
    "1. TypeScript awaits Python",
    "2. Python awaits TypeScript",
    "3. An aiohttp server, on the loop that JS runs",
    "4. Errors keep their identity",
    "5. Cancellation crosses both ways",
    "6. Memory is shared, not copied",
  ]);
  expect(stdout).not.toContain("[BROKEN]");
  expect(stdout).toMatch(/480 answers in \d+ ms/);

  const claims = stdout.split("\n").filter((line) => line.includes("[ok]")).length;
  expect(claims).toBeGreaterThanOrEqual(18);
  expect(stdout.trimEnd().split("\n").at(-1)).toMatch(new RegExp(`^The tour is over: 6 chapters, ${claims} of ${claims} claims held, `));
}, 30_000);
