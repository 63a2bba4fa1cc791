/** `interloop-<runtime> pytest`: a Python suite that tests JS modules. */
import process from "node:process";
import { getCurrentLoop, isJoinError, isPyError, python, spawnBlocking } from "@interloop/core";
import type { PyCallable } from "@interloop/core";
import type { Program } from "./program.ts";

/** Run pytest on a thread of Python's, so that JS has this one. Answers with pytest's own exit status; 2 when there is no pytest. */
export async function pytest(program: Program, args: readonly string[]): Promise<number> {
  await program.install();
  try {
    const { run } = python.import("interloop.pytest_plugin") as unknown as { run: PyCallable<number> };
    return await spawnBlocking(run, python.toPy([...args]), getCurrentLoop());
  } catch (error) {
    const cause = isJoinError(error) ? error.cause : error;
    if (!isPyError(cause) || cause.name !== "ModuleNotFoundError") throw cause;
    process.stderr.write(
      `interloop-${program.runtime} pytest: ${cause.message}: install pytest in the Python that "interloop-${program.runtime} doctor" names\n`,
    );
    return 2;
  }
}
