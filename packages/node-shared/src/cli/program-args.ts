import type { PythonProgram } from "@interloop/core/handoff";

/** What a command line asks for, but how to run it. */
export type ProgramRequest = Omit<PythonProgram, "command"> & {
  /** Variables that stand for options of Python. */
  readonly variables: Readonly<Record<string, string>>;
};

/** Options without an argument, and the variables that say the same. A letter that comes again counts up. */
const FLAGS: Readonly<Record<string, string>> = {
  B: "PYTHONDONTWRITEBYTECODE",
  d: "PYTHONDEBUG",
  O: "PYTHONOPTIMIZE",
  P: "PYTHONSAFEPATH",
  s: "PYTHONNOUSERSITE",
  v: "PYTHONVERBOSE",
};

/** `-X name` and `-X name=value`, and their variables. */
const EXTENDED: Readonly<Record<string, string>> = {
  cpu_count: "PYTHON_CPU_COUNT",
  dev: "PYTHONDEVMODE",
  faulthandler: "PYTHONFAULTHANDLER",
  frozen_modules: "PYTHON_FROZEN_MODULES",
  importtime: "PYTHONPROFILEIMPORTTIME",
  int_max_str_digits: "PYTHONINTMAXSTRDIGITS",
  no_debug_ranges: "PYTHONNODEBUGRANGES",
  perf: "PYTHONPERFSUPPORT",
  pycache_prefix: "PYTHONPYCACHEPREFIX",
  tracemalloc: "PYTHONTRACEMALLOC",
  utf8: "PYTHONUTF8",
  warn_default_encoding: "PYTHONWARNDEFAULTENCODING",
};

const TAKES_ARGUMENT = "cmWX";
const IS_JS = /\.[cm]?[jt]sx?$/;

/** Read arguments as `python3` reads them, for the command of `runtime`; a text says what is wrong with them. */
export function parseProgram(args: readonly string[], runtime: string): ProgramRequest | string {
  let interactive = false;
  let unbuffered = false;
  const variables: Record<string, string> = {};
  const request = (mode: PythonProgram["mode"], value: string, argv: readonly string[]): ProgramRequest => ({
    mode,
    value,
    argv,
    interactive,
    unbuffered,
    variables,
  });
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    if (argument === "-") return request("stdin", "", args.slice(index));
    if (!argument.startsWith("-")) {
      return IS_JS.test(argument) ? notPython(argument, runtime) : request("script", argument, args.slice(index));
    }
    for (const [at, letter] of [...argument].entries()) {
      if (at === 0) continue;
      if (TAKES_ARGUMENT.includes(letter)) {
        const attached = argument.slice(at + 1);
        const value = attached === "" ? args[++index] : attached;
        if (value === undefined) return `Argument expected for the -${letter} option`;
        if (letter === "c" || letter === "m") return request(letter === "c" ? "command" : "module", value, [`-${letter}`, ...args.slice(index + 1)]);
        const wrong = letter === "X" ? extend(variables, value) : warn(variables, value);
        if (wrong !== undefined) return wrong;
        break;
      } else if (letter === "i") interactive = true;
      else if (letter === "u") unbuffered = true;
      else if (FLAGS[letter] !== undefined) variables[FLAGS[letter]] = String(Number(variables[FLAGS[letter]] ?? 0) + 1);
      else if (letter !== "q")
        return `Unknown option: "${argument}"; of Python's options -B, -c, -d, -i, -m, -O, -P, -q, -s, -u, -v, -V, -W and -X are understood`;
    }
  }
  return request(interactive ? "interactive" : "stdin", "", [""]);
}

function notPython(file: string, runtime: string): string {
  const run = runtime === "deno" ? "deno run" : runtime;
  return `"${file}" is no Python program: run it with "${run} ${file}", where it can import Python from "@interloop/${runtime}"; or write a Python program that imports it, with interloop.import_js("./${file.split("/").at(-1)}")`;
}

function extend(variables: Record<string, string>, option: string): string | undefined {
  const [name = "", value = "1"] = option.split(/=(.*)/s);
  const variable = Object.hasOwn(EXTENDED, name) ? EXTENDED[name] : undefined;
  if (variable === undefined) return `Unknown option: "-X ${option}"; of these ${Object.keys(EXTENDED).join(", ")} are understood`;
  variables[variable] = value;
  return undefined;
}

function warn(variables: Record<string, string>, filter: string): undefined {
  const { PYTHONWARNINGS } = variables;
  variables["PYTHONWARNINGS"] = PYTHONWARNINGS === undefined ? filter : `${PYTHONWARNINGS},${filter}`;
}
