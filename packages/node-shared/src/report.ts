/** Errors that nobody caught in the worker of placement `main`, where the runtime itself would tell the main thread, which does not listen. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { writeAll } from "./stdio.ts";
import { runningRuntime } from "./detect-runtime.ts";

/** Show it as the runtime does. */
export function report(error: unknown, fromPromise: boolean): void {
  writeAll(2, `${looks[runningRuntime()](error, fromPromise)}\n`);
}

const looks = {
  node(error: unknown, fromPromise: boolean): string {
    const shown = error instanceof Error ? inspect(error) : fromPromise ? `[UnhandledPromiseRejection: ${inspect(error)}]` : `Uncaught:\n${inspect(error)}`;
    const place = placeOf(error);
    return `${place === undefined ? "" : `${place.file}:${place.line}\n${place.code}\n${place.mark}\n\n`}${shown}\n\nNode.js ${process.version}`;
  },
  deno(error: unknown, fromPromise: boolean): string {
    const title = isatty(2) ? "\u001b[0m\u001b[1m\u001b[31merror\u001b[0m" : "error";
    const place = placeOf(error);
    const [first = "", ...rest] = inspect(error).split("\n");
    const lines = place === undefined ? [first, ...rest] : [first, place.code, place.mark, ...rest];
    return `${title}: Uncaught ${fromPromise ? "(in promise) " : ""}${lines.join("\n")}`;
  },
  bun(error: unknown): string {
    // Its own inspect shows the code around an error.
    const { Bun: bun } = globalThis as unknown as { Bun: { inspect: typeof inspect } };
    return `${bun.inspect(error, { colors: isatty(2) })}\n\nBun v${process.versions["bun"] ?? ""} (${process.platform === "linux" ? "Linux" : process.platform} ${process.arch})`;
  },
};

interface Place {
  readonly file: string;
  readonly line: number;
  readonly code: string;
  /** A caret below the column. */
  readonly mark: string;
}

/** Where the error was made: the first line of its stack that names a file. */
function placeOf(error: unknown): Place | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, file, line, column] = /^\s+at .*?\(?((?:file:\/\/)?\/[^():]+):(\d+):(\d+)\)?$/m.exec(String(error.stack)) ?? [];
  if (file === undefined) return undefined;
  try {
    const code = readFileSync(file.startsWith("file:") ? fileURLToPath(file) : file, "utf8").split("\n")[Number(line) - 1];
    return code === undefined ? undefined : { file, line: Number(line), code, mark: `${" ".repeat(Number(column) - 1)}^` };
  } catch {
    return undefined;
  }
}
