/** Stacks of JS errors: the program's own calls, without ours and without what stands between two visits to Python. */

// Published, the packages lie side by side as they do here. A bundler moves this file, or leaves no URL in the place of this one: then no call is ours by its place, and nothing is left out.
const HERE = /^(.*?)core\/(?:src|dist)\/stacks\.[jt]s$/.exec((import.meta as unknown as { readonly url?: string }).url ?? "");
const PACKAGES = HERE?.[1] ?? "bundled:/";
const OURS = new RegExp(
  `${escaped(PACKAGES)}(?:core|node-shared|node|deno|bun)/(?:src|dist)/|${escaped(PACKAGES.replace(/^file:\/\//, ""))}(?:core|node-shared|node|deno|bun)/(?:src|dist)/`,
);
const CALL = /^ *at (?:async )?(?:(.*?) \()?(?:file:\/\/)?([^()]*?):(\d+)(?::\d+)?\)?$/;
/** JS itself, and what has no place that a reader could look at. */
const ENGINE = /(?:^|[ (])(?:node:|native:|ext:|bun:|internal:)|\bunknown\)?$|<anonymous>\)?$/;

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The files of a runtime that is none of our packages. */
let theirs: RegExp | undefined;

/** Leave out the calls of these files as well. Engines show a path or a URL. */
export function leaveOut(urls: readonly string[]): void {
  const paths = urls.map((url) => url.replace(/^file:\/\//, "")).flatMap((path) => [path, decoded(path)]);
  theirs = paths.length === 0 ? undefined : new RegExp(`(?:^|[ (]|file://)(?:${paths.map(escaped).join("|")}):\\d`);
}

/** Whether the place in a line is one of ours or of the runtime. */
function isOurs(line: string): boolean {
  return OURS.test(line) || theirs?.test(line) === true;
}

function isCall(line: string): boolean {
  return /^ *at /.test(line);
}

/** The lines of a stack that name calls, without ours. */
export function linesOf(stack: string | undefined): string[] {
  return (stack ?? "").split("\n").filter((line) => isCall(line) && !isOurs(line) && !ENGINE.test(line));
}

const DEEP = 32;

/** Where we are. Our own calls count as well, so the engine's limit of ten would often leave out the program's. */
export function here(): Error {
  const { stackTraceLimit } = Error as { stackTraceLimit?: unknown };
  if (typeof stackTraceLimit === "number" && stackTraceLimit >= DEEP) return new Error();
  const before = limitStacks(DEEP);
  const error = new Error();
  limitStacks(before);
  return error;
}

/** Let the engine record so many calls from now on (undefined: as many as it does). Returns how many it was before, or undefined where that cannot be changed. */
export function limitStacks(limit: number | undefined): number | undefined {
  const { stackTraceLimit } = Error as { stackTraceLimit?: unknown };
  if (limit === undefined || typeof stackTraceLimit !== "number" || !Reflect.set(Error, "stackTraceLimit", limit)) return undefined;
  return stackTraceLimit;
}

/** The most calls that are handed to Python. */
const MOST = 24;

/**
 * The calls since Python last called JS, innermost first, each as a function, a file and a line: three texts joined by NUL. Ours come before them, where we made the error, and after them, where Python called.
 */
export function callsOf(stack: string): string {
  const calls: string[] = [];
  for (const line of stack.split("\n")) {
    if (!isCall(line) || ENGINE.test(line)) continue;
    if (isOurs(line)) {
      if (calls.length > 0) break;
      continue;
    }
    const [, name, file, number] = CALL.exec(line) ?? [];
    if (file === undefined) continue;
    calls.push(name ?? "<module>", decoded(file), number!);
    if (calls.length === 3 * MOST) break;
  }
  return calls.join("\0");
}

function decoded(file: string): string {
  try {
    return decodeURI(file);
  } catch {
    return file;
  }
}

/** The stack of an error that has come home through Python: `passed`, the Python functions on its way, where Python called JS. */
export function withPassed(stack: string, passed: string): string {
  const lines = stack.split("\n");
  const isProgram = (line: string): boolean => isCall(line) && !isOurs(line) && !ENGINE.test(line);
  const first = lines.findIndex(isProgram);
  let start = first < 0 ? lines.length : lines.findIndex((line, index) => index > first && isOurs(line));
  if (start < 0) start = lines.length;
  let end = start;
  while (end < lines.length && isCall(lines[end]!) && !isProgram(lines[end]!)) end++;
  const rest = lines.slice(end);
  // The engine has left out what lay deeper.
  return [...lines.slice(0, start), passed, ...(rest.some(isProgram) ? rest : linesOf(here().stack))].join("\n");
}
