import { InterloopError } from "../errors.ts";

/** What {@link testHarness} is told. */
export interface Args {
  /** Only tests whose names contain one of these. */
  readonly filter?: readonly string[];
  /** A filter must be the whole name. */
  readonly exact?: boolean;
  /** Print the names of the tests instead of running them. */
  readonly list?: boolean;
  /** `"plain"`, which is meant for people, unless given; or TAP, version 14. */
  readonly reporter?: "plain" | "tap";
  /** Print nothing. */
  readonly quiet?: boolean;
  /** How many tests run at once: 1 unless given. With more each loop runs on a Python thread of its own, and only its own tasks and timers are looked at for leaks. */
  readonly concurrency?: number;
  /** How long each test may take, in milliseconds; 0 is for ever. 30000 unless given. */
  readonly timeout?: number;
}

/** What the arguments of a test program mean. */
export const usage = `Arguments: [options] [filter...]

  filter               run the tests whose names contain one of these
  --exact              a filter is the whole name
  --list               print the names of the tests
  --reporter NAME      plain (unless given) or tap
  --concurrency N      run so many tests at once (1)
  --timeout MS         how long a test may take; 0 is for ever (30000)
  -q, --quiet          print nothing
`;

/**
 * Read the arguments of a test program. Mirrors `pyo3_async_runtimes::testing::parse_args`.
 *
 * @throws InterloopError `bad-argument` for an argument that it does not know, or a value that cannot be.
 * @example
 * ```ts
 * import { parseArgs } from "@interloop/node/testing";
 *
 * console.log(parseArgs(["--exact", "--timeout", "500", "sleeps"])); // { filter: [ 'sleeps' ], exact: true, timeout: 500 }
 * ```
 */
export function parseArgs(argv: readonly string[]): Args {
  const filter: string[] = [];
  const args: { -readonly [name in keyof Args]: Args[name] } = { filter };
  const rest = argv.flatMap((argument) => (/^--\w+=/.test(argument) ? splitOnce(argument) : [argument]));
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    if (!next.startsWith("-")) filter.push(next);
    else if (next === "--exact") args.exact = true;
    else if (next === "--list") args.list = true;
    else if (next === "--quiet" || next === "-q") args.quiet = true;
    else if (next === "--reporter") args.reporter = reporterOf(rest.shift());
    else if (next === "--concurrency") args.concurrency = numberOf(next, rest.shift(), 1);
    else if (next === "--timeout") args.timeout = numberOf(next, rest.shift(), 0);
    else throw new InterloopError("bad-argument", `Unknown argument "${next}"\n\n${usage}`);
  }
  return args;
}

function splitOnce(argument: string): string[] {
  const at = argument.indexOf("=");
  return [argument.slice(0, at), argument.slice(at + 1)];
}

function reporterOf(value: string | undefined): "plain" | "tap" {
  if (value === "plain" || value === "tap") return value;
  throw new InterloopError("bad-argument", `--reporter takes "plain" or "tap", not "${value ?? ""}"`);
}

function numberOf(option: string, value: string | undefined, least: number): number {
  const number = Number(value);
  if (value !== undefined && value !== "" && Number.isSafeInteger(number) && number >= least) return number;
  throw new InterloopError("bad-argument", `${option} takes a whole number from ${least} on, not "${value ?? ""}"`);
}
