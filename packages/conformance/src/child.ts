/** Programs in processes of their own: what they print, how they end, and that they end at all. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { has, type Capabilities } from "./capabilities.ts";

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Milliseconds after which the program counts as stuck. */
  readonly deadline?: number;
  /** What the program reads from its standard input; it is empty unless given. */
  readonly input?: string;
  /** Called with each piece of output. */
  readonly onOutput?: (text: string, child: ChildProcess) => void;
  /** The same for its standard error. */
  readonly onError?: (text: string, child: ChildProcess) => void;
}

export type RunChild = (source: string, options?: ChildOptions) => Promise<Ended>;
export type RunCommand = (args: readonly string[], options?: ChildOptions) => Promise<Ended>;

/** Runs a program of that text; fails when it does not end. */
export function childRunner(capabilities: Capabilities): RunChild {
  const { child: command } = capabilities;
  assert.ok(has(command));
  return (source, options) => runProcess(capabilities, process.execPath, command(source), options);
}

/** Runs the adapter's command with those arguments; fails when it does not end. */
export function commandRunner(capabilities: Capabilities): RunCommand {
  const { command } = capabilities;
  assert.ok(has(command));
  return (args, options) => runProcess(capabilities, process.execPath, [...command, ...args], options);
}

export type RunFile = (source: string, args?: readonly string[], options?: ChildOptions) => Promise<Ended>;

/** Runs a program from a file, which can be evaluated again. It sees the adapter's exports as `api`. */
export function fileRunner(capabilities: Capabilities): RunFile {
  return (source, args = [], options) =>
    inFile(capabilities, source, (command) => runProcess(capabilities, command[0]!, [...command.slice(1), ...args], options));
}

/** Puts a program into a file for as long as `body` takes, which is given the command that runs it. */
export async function inFile<T>({ program }: Capabilities, source: string, body: (command: readonly string[]) => Promise<T>): Promise<T> {
  assert.ok(has(program));
  const folder = mkdtempSync(join(tmpdir(), "interloop-program-"));
  const file = join(folder, "program.mts");
  writeFileSync(file, program.prefix + source);
  try {
    return await body([process.execPath, ...program.command(file)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a program; fails when it does not end. */
export function runProcess(
  capabilities: Capabilities,
  file: string,
  args: readonly string[],
  { env = {}, cwd, deadline = 20_000, input = "", onOutput, onError }: ChildOptions = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // Deno does not hand its conditions on to what starts it again.
    const sources = { DENO_CONDITIONS: "@interloop/source" };
    const merged = { ...process.env, NODE_OPTIONS: "", FORCE_COLOR: undefined, NO_COLOR: "1", PYTHONUNBUFFERED: undefined, ...sources, ...env };
    const child = spawn(file, args, { env: merged, ...(cwd === undefined ? {} : { cwd }), stdio: [input === "" ? "ignore" : "pipe", "pipe", "pipe"] });
    child.stdin?.on("error", () => undefined).end(input);
    let stdout = "";
    let stderr = "";
    let stuck = false;
    const timer = setTimeout(() => {
      stuck = true;
      child.kill("SIGKILL");
    }, deadline * capabilities.patience);
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      onOutput?.(stdout, child);
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      onError?.(stderr, child);
    });
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      if (stuck) reject(new Error(`The program did not end within ${deadline} ms\nstdout: ${stdout}\nstderr: ${stderr}`));
      else resolve({ status, signal, stdout, stderr });
    });
  });
}

/** The program ended by itself, with status 0, this output and nothing on stderr. */
export function assertQuiet(ended: Ended, stdout: string): void {
  assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout, stderr: "" });
}
