/**
 * Where in a source a syntax error is. Each runtime says so in its own way, or only to whoever lets the error end the program: Python's ImportError has just the message.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { requireFrom } from "@interloop/native";

/** What Bun throws, by itself or in an AggregateError. */
interface BuildMessage {
  readonly message: string;
  readonly position?: { readonly file: string; readonly line: number; readonly column: number } | null;
}

type Thrown = Error & BuildMessage & { readonly errors?: readonly BuildMessage[] };

/** The same error, whose message names the file, the line and the column, where that can be found out. `url` is the module that was to be loaded. */
export function withPlace(error: unknown, url: string): unknown {
  const place = error instanceof Error || typeof (error as BuildMessage | null)?.message === "string" ? placeOf(error as Thrown, url) : "";
  const { message } = (error ?? {}) as Thrown;
  // Deno says it, and an error that comes twice has it already.
  if (place === "" || /:\d+:\d+\b/.test(message)) return error;
  try {
    Object.defineProperty(error, "message", {
      value: `${message}${place.startsWith("(") ? " " : ": "}${place}`,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  } catch {
    // Frozen: it stays as it is.
  }
  return error;
}

function placeOf(error: Thrown, url: string): string {
  const [first] = error.errors ?? [];
  if (first?.position) return `${first.message} ${written(first.position)}`;
  if (error.position) return written(error.position);
  if (error.name !== "SyntaxError") return "";
  return shownByNode(error.stack ?? "") || foundByParser(error.message, url);
}

const written = ({ file, line, column }: { file: string; line: number; column: number }): string => `(${file}:${line}:${column})`;

/** Node shows the line above the message, with a mark below the column. */
function shownByNode(stack: string): string {
  const [, file, line, mark] = /^(\S+):(\d+)\n(?:.*\n){1,2}?( *)\^/.exec(stack) ?? [];
  if (file === undefined || mark === undefined) return "";
  return written({ file: file.startsWith("file:") ? fileURLToPath(file) : file, line: Number(line), column: mark.length + 1 });
}

interface Parser {
  parseSync(file: string, source: string): { readonly errors: readonly { readonly labels: readonly { readonly start: number }[] }[] };
}

/** Of JavaScript modules Node says no place at all. The parser is an optional dependency; and it may be a module that this one imports which has the error. */
function foundByParser(message: string, url: string): string {
  if (!url.startsWith("file:") || /does not provide an export/.test(message)) return "";
  try {
    const file = fileURLToPath(url);
    const source = readFileSync(file, "utf8");
    const { parseSync } = requireFrom(fileURLToPath(import.meta.url))("oxc-parser") as Parser;
    const start = parseSync(file, source).errors[0]?.labels[0]?.start;
    if (start === undefined) return "";
    const before = source.slice(0, start).split("\n");
    return written({ file, line: before.length, column: before.at(-1)!.length + 1 });
  } catch {
    return "";
  }
}
