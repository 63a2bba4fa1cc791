import type { PythonProgram } from "@interloop/core/handoff";

/** What a command line asks for, but how to run it. */
export type ProgramRequest = Omit<PythonProgram, "command">;

/** Read arguments as `python3` reads them; a text says what is wrong with them. */
export function parseProgram(args: readonly string[]): ProgramRequest | string {
  let interactive = false;
  let unbuffered = false;
  const request = (mode: PythonProgram["mode"], value: string, argv: readonly string[]): ProgramRequest => ({ mode, value, argv, interactive, unbuffered });
  for (const [index, argument] of args.entries()) {
    if (argument === "-") return request("stdin", "", args.slice(index));
    if (!argument.startsWith("-")) return request("script", argument, args.slice(index));
    for (const [at, letter] of [...argument].entries()) {
      if (at === 0) continue;
      if (letter === "c" || letter === "m") {
        const attached = argument.slice(at + 1);
        const value = attached === "" ? args[index + 1] : attached;
        if (value === undefined) return `Argument expected for the -${letter} option`;
        return request(letter === "c" ? "command" : "module", value, [`-${letter}`, ...args.slice(index + (attached === "" ? 2 : 1))]);
      } else if (letter === "i") interactive = true;
      else if (letter === "u") unbuffered = true;
      else
        return `Unknown option: "${argument}"; of Python's options -c, -i, -m and -u are understood, others have a variable (PYTHONOPTIMIZE, PYTHONWARNINGS, ...)`;
    }
  }
  return request(interactive ? "interactive" : "stdin", "", [""]);
}
