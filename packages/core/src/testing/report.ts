/** What a run of tests tells, and how it is written. */
import { isPyError } from "../errors.ts";

/** How one test went. */
export interface TestResult {
  readonly name: string;
  readonly ok: boolean;
  /** In milliseconds. */
  readonly duration: number;
  /** What the test threw; undefined when it passed. */
  readonly error: unknown;
}

/** How the tests went. */
export interface Report {
  readonly passed: number;
  readonly failed: number;
  /** How many were not chosen. */
  readonly filtered: number;
  readonly results: readonly TestResult[];
}

/** Writes what happens, line by line. */
export interface Reporter {
  begin(count: number): void;
  result(result: TestResult, index: number): void;
  end(report: Report): void;
}

type Write = (text: string) => void;

/** As cargo tells it. */
export function plainReporter(write: Write): Reporter {
  return {
    begin: (count) => write(`running ${count} ${count === 1 ? "test" : "tests"}\n`),
    result: ({ name, ok, duration }) => write(`test ${name} ... ${ok ? "ok" : "FAILED"} (${duration.toFixed(0)} ms)\n`),
    end({ passed, failed, filtered, results }) {
      for (const { name, ok, error } of results) if (!ok) write(`\n---- ${name} ----\n${inFull(error)}\n`);
      write(`\ntest result: ${failed === 0 ? "ok" : "FAILED"}. ${passed} passed; ${failed} failed; ${filtered} filtered out\n`);
    },
  };
}

/** The Test Anything Protocol, version 14: https://testanything.org/tap-version-14-specification.html */
export function tapReporter(write: Write): Reporter {
  return {
    begin: (count) => write(`TAP version 14\n1..${count}\n`),
    result({ name, ok, duration, error }, index) {
      const title = name.replaceAll("\\", "\\\\").replaceAll("#", "\\#");
      write(`${ok ? "ok" : "not ok"} ${index} - ${title}\n  ---\n  duration_ms: ${duration.toFixed(3)}\n`);
      if (!ok) write(`  message: ${JSON.stringify(messageOf(error))}\n  stack: |-\n${inFull(error).replaceAll(/^/gm, "    ")}\n`);
      write("  ...\n");
    },
    end: ({ passed, failed }) => write(`# pass ${passed}\n# fail ${failed}\n`),
  };
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error || isPyError(error) ? error.message : String(error);
  } catch {
    return "an error that cannot be shown";
  }
}

/** An error with its stack, its causes, and the errors that it holds. */
function inFull(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 4) return messageOf(error);
  const { stack, cause, errors } = error as Error & { readonly errors?: readonly unknown[] };
  const text = stack === undefined || !stack.includes(error.message) ? `${error.name}: ${error.message}\n${stack ?? ""}` : stack;
  const inner = [...(cause === undefined || isPyError(error) ? [] : [cause]), ...(isPyError(error) ? [] : (errors ?? []))];
  return [text, ...inner.map((each) => `caused by: ${inFull(each, depth + 1)}`)].join("\n");
}
