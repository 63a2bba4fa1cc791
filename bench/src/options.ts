import { parseArgs } from "node:util";

export interface Options {
  readonly json: string | undefined;
  /** Only cases whose name contains one of these. */
  readonly only: readonly string[];
  readonly runs: number;
  /** Fail when a bar does not hold. */
  readonly check: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench -- [options]
  --json FILE    write the results as JSON as well
  --case TEXT    only cases whose name contains the text (may be repeated)
  --runs N       runs per case (7; a median of fewer than 5 proves nothing)
  --quick        2 runs: a first look
  --check        exit with 1 when a bar does not hold`;

const RUNS = 7;
const QUICK = 2;

/** The options on the command line. Throws with the usage for others. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "string" },
      case: { type: "string", multiple: true, default: [] },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const runs = values.runs === undefined ? (values.quick ? QUICK : RUNS) : Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`The option "--runs" must be a whole number above 0, not "${values.runs}"`);
  return { json: values.json, only: values.case, runs, check: values.check, help: values.help };
}
