/** `interloop-<runtime> stubs`: what type checkers of Python know of JS modules. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { stubOf } from "../stubs/index.ts";
import type { Program } from "./program.ts";

const usage = (runtime: string): string => `Usage: interloop-${runtime} stubs file.ts...

Writes a stub for Python beside each module, file.pyi, from what its source declares: for mypy, pyright and editors.
`;

const extension = /\.(ts|mts|js|mjs)$/;

/** Run the command; answers with the exit status: 1 when a file cannot be read or parsed, 2 when the arguments are wrong. */
export async function stubs({ runtime }: Program, args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(usage(runtime));
    return 0;
  }
  const wrong = args.find((arg) => !extension.test(arg));
  if (args.length === 0 || wrong !== undefined) {
    process.stderr.write(`${wrong === undefined ? "No file is named" : `"${wrong}" is no .ts, .mts, .js or .mjs file`}\n\n${usage(runtime)}`);
    return 2;
  }
  const parser = await import("oxc-parser").catch(() => undefined);
  if (parser === undefined) {
    process.stderr.write(`interloop-${runtime} stubs: the package oxc-parser, which reads TypeScript, is missing: install it\n`);
    return 1;
  }
  let status = 0;
  for (const file of args) {
    const problem = writeStub(file, parser.parseSync);
    if (problem === undefined) continue;
    process.stderr.write(`interloop-${runtime} stubs: ${file}: ${problem}\n`);
    status = 1;
  }
  return status;
}

function writeStub(file: string, parse: typeof import("oxc-parser").parseSync): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return (error as Error).message;
  }
  // Comments and nodes are told apart by their offsets, which count characters.
  const { program, comments, errors } = parse(file, text);
  if (errors.length > 0) return errors.map(({ message }) => message).join("; ");
  writeFileSync(file.replace(extension, ".pyi"), stubOf({ text, program, comments }));
  return undefined;
}
