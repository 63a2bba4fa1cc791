/** What `doctor` tries: something passes through Python's loop wherever that can run. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { InterloopError, python, run } from "@interloop/core";
import { ownCommand } from "./program.ts";
import type { Program } from "./program.ts";

const sleep = async (): Promise<unknown> => await python.import("asyncio").sleep(0);

/** Each answers with true, or with null where it cannot be tried, and rejects where the placement does not work. */
export const placements: Readonly<Record<string, (program: Program) => Promise<true | null>>> = {
  guest: () => sleep().then(() => true),
  thread: () => run(sleep, { loop: "asyncio" }).then(() => true),
  main: tryMain,
};

const DEADLINE = 20_000;

const onMain = "import asyncio, threading; asyncio.run(asyncio.sleep(0)); print(threading.current_thread() is threading.main_thread())";

/** Python would keep the main thread for good, so it gets that of another process. */
async function tryMain(program: Program): Promise<true | null> {
  if (program.mayRun?.() === false) return null;
  const [file = "", ...args] = ownCommand(program);
  let why: string;
  try {
    const { stdout } = await promisify(execFile)(file, [...args, "-c", onMain], { timeout: DEADLINE });
    if (stdout.trim() === "True") return true;
    why = `it printed ${JSON.stringify(stdout)}`;
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: string };
    why = stderr?.trim() || message;
  }
  throw new InterloopError("placement-unsupported", `Python cannot have the main thread; a process in which it should said: ${why}`);
}
