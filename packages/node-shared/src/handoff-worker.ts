/** The worker of placement `main`, before its entry is evaluated. */
import process from "node:process";
import { endedByExit, failedUncaught, joinMain } from "@interloop/core/handoff";
import { handed } from "./handoff.ts";
import { ownStreams } from "./stdio.ts";
import { runningRuntime } from "./detect-runtime.ts";

/** If this is that worker: take its streams, its errors and its end into our hands, and join the main thread. Adapters call it when they are installed. */
export function prepareHandedWorker(): void {
  if (handed() === undefined) return;
  if (runningRuntime() !== "deno") ownStreams();
  catchErrors();
  passOnExit();
  joinMain();
}

function catchErrors(): void {
  const isOurs = (event: string): boolean => process.listenerCount(event) === 1;
  process.on("uncaughtException", (error: unknown, origin: string) => {
    if (isOurs("uncaughtException")) failedUncaught(error, origin === "unhandledRejection");
  });
  // Bun makes no uncaught exceptions of rejections in a worker.
  if (runningRuntime() !== "bun") return;
  process.on("unhandledRejection", (error: unknown) => {
    if (isOurs("unhandledRejection")) failedUncaught(error, true);
  });
}

/** The end of this thread is the end of the program. */
function passOnExit(): void {
  const pass =
    (exit: (status?: number) => never) =>
    (status?: number | string | null): never => {
      const given = status ?? process.exitCode ?? 0;
      endedByExit(Number(given) & 0xff);
      return exit(Number(given));
    };
  process.exit = pass(process.exit.bind(process) as (status?: number) => never) as typeof process.exit;
  const { Deno: deno } = globalThis as { Deno?: { exit: (status?: number) => never } };
  if (deno !== undefined) deno.exit = pass(deno.exit.bind(deno));
}
