import { parseArgs } from "node:util";
import { ENOUGH } from "./bars.ts";

export interface Options {
  readonly json: string | undefined;
  /** The runtimes by name; none stands for all. */
  readonly runtimes: readonly string[];
  /** Only cases whose name contains one of these. */
  readonly only: readonly string[];
  readonly runs: number;
  /** Fail when a bar does not hold. */
  readonly check: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench -- [options]
  --runtime NAME only in this runtime: node, node-22, node-26, deno or bun (may be repeated)
  --json FILE    write the results as JSON as well; an array when there are several runtimes
  --case TEXT    only cases whose name contains the text (may be repeated)
  --runs N       runs per case (7; with fewer than 5 a verdict has a question mark)
  --quick        2 runs: a first look
  --check        exit with 1 when a bar does not hold`;

const RUNS = 7;
const QUICK = 2;

/** The options on the command line. Throws with the usage for others. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runtime: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
      case: { type: "string", multiple: true, default: [] },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const runs = values.runs === undefined ? (values.quick ? QUICK : RUNS) : Number(values.runs);
  if (values.check && runs < ENOUGH) throw new Error(`The option "--check" needs at least ${ENOUGH} runs; a median of fewer proves nothing`);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`The option "--runs" must be a whole number above 0, not "${values.runs}"`);
  return { runtimes: values.runtime, json: values.json, only: values.case, runs, check: values.check, help: values.help };
}

/** Is the case of that name among those that were asked for? */
export function isChosen(name: string, { only }: Options): boolean {
  return only.length === 0 || only.some((text) => name.includes(text));
}
