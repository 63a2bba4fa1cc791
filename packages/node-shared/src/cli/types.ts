/** `interloop-<runtime> types`: what TypeScript knows of Python modules. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch as watchFolder, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { isInterloopError, isPyError, python } from "@interloop/core";
import type { Program } from "./program.ts";

const usage = (runtime: string): string => `Usage: interloop-${runtime} types [--out folder] [--package name] [--check | --watch] [module | file.py]...

Writes what TypeScript knows of Python modules into a folder, python-types, and of Python files beside them: file.d.py.ts. Types are read from stubs and from
the annotations of the source, with the Python that "interloop-${runtime} doctor" names; modules that have neither are imported. Name all modules of the
program; without any, those that the folder has are written anew.

  --out folder     write the modules there
  --package name   the package that the program imports interloop from: @interloop/${runtime}
  --check          write nothing; the exit status is 1 when a file is not up to date
  --watch          write again whenever the source of a module changes
  -h, --help       print this
`;

const MARK = "// Written by `interloop types`.";
const INDEX = "python.d.ts";

interface Report {
  readonly files: Readonly<Record<string, string>>;
  readonly errors: readonly string[];
  readonly notes: readonly string[];
  readonly read: readonly string[];
}

interface Generator {
  generate(names: unknown, adapter: string, folder: string): string;
  generate_file(file: string, adapter: string, registered: unknown): string;
}

interface Request {
  readonly modules: readonly string[];
  readonly files: readonly string[];
  readonly folder: string;
  readonly adapter: string;
}

interface Outcome {
  /** What the files have to contain, by their paths. */
  readonly wanted: ReadonlyMap<string, string>;
  readonly errors: readonly string[];
  readonly notes: readonly string[];
  readonly read: readonly string[];
}

/** Run the command; answers with the exit status: 1 when a module cannot be read or a file is not up to date, 2 when the arguments are wrong. */
export async function types(program: Program, args: readonly string[]): Promise<number> {
  const { runtime } = program;
  const fail = (message: string): number => {
    process.stderr.write(`${message}\n\n${usage(runtime)}`);
    return 2;
  };
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return fail((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    process.stdout.write(usage(runtime));
    return 0;
  }
  if (values.check === true && values.watch === true) return fail("Only one of --check and --watch can be given");
  const folder = resolve(values.out ?? "python-types");
  const files = positionals.filter((name) => name.endsWith(".py"));
  const named = positionals.filter((name) => !name.endsWith(".py"));
  const wrong = named.find((name) => !/^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(name));
  if (wrong !== undefined) return fail(`"${wrong}" is no name of a Python module, and no .py file`);
  const modules = named.length > 0 || files.length > 0 ? named : registered(folder);
  if (modules.length === 0 && files.length === 0) return fail("No module is named");
  const request: Request = { modules, files, folder, adapter: values.package ?? `@interloop/${runtime}` };
  try {
    await program.install();
    const outcome = perform(request);
    const status = finish(runtime, request, outcome, values.check === true);
    if (values.watch === true) await watch(runtime, request, outcome);
    return status;
  } catch (error) {
    if (!isPyError(error) && !isInterloopError(error) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    process.stderr.write(`interloop-${runtime} types: ${(error as Error).message}\n`);
    return 1;
  }
}

// oxlint-disable-next-line typescript/explicit-function-return-type
function parse(args: readonly string[]) {
  const boolean = { type: "boolean" } as const;
  const options = { out: { type: "string" }, package: { type: "string" }, check: boolean, watch: boolean, help: { ...boolean, short: "h" } } as const;
  return parseArgs({ args: [...args], allowPositionals: true, options });
}

/** The modules that an earlier run has written. */
function registered(folder: string): string[] {
  const index = join(folder, INDEX);
  if (!existsSync(index)) return [];
  return [...readFileSync(index, "utf8").matchAll(/^ {4}"([^"]+)": typeof import/gm)].map(([, name]) => name!);
}

function perform({ modules, files, folder, adapter }: Request): Outcome {
  const generator = python.import<Generator>("interloop._declarations");
  const wanted = new Map<string, string>();
  const reports: Report[] = [];
  if (modules.length > 0) {
    const report = JSON.parse(generator.generate([...modules], adapter, process.cwd())) as Report;
    for (const [name, text] of Object.entries(report.files)) wanted.set(join(folder, name), text);
    reports.push(report);
  }
  const known = modules.length > 0 ? modules : registered(folder);
  for (const file of files) {
    const report = JSON.parse(generator.generate_file(resolve(file), adapter, [...known])) as Report;
    for (const [name, text] of Object.entries(report.files)) wanted.set(join(dirname(resolve(file)), name), text);
    reports.push(report);
  }
  const all = (key: "errors" | "notes" | "read"): string[] => [...new Set(reports.flatMap((report) => report[key]))];
  return { wanted, errors: all("errors"), notes: all("notes"), read: all("read") };
}

/** Files of ours in the folder that belong to no module any more. */
function leftOver({ folder, modules }: Request, wanted: ReadonlyMap<string, string>): string[] {
  if (modules.length === 0 || !existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".d.ts"));
  return files.map((name) => join(folder, name)).filter((file) => !wanted.has(file) && readFileSync(file, "utf8").startsWith(MARK));
}

function finish(runtime: string, request: Request, { wanted, errors, notes }: Outcome, check: boolean): number {
  for (const error of errors) process.stderr.write(`interloop-${runtime} types: ${error}\n`);
  if (errors.length > 0) return 1;
  const changed = [...wanted].filter(([file, text]) => !existsSync(file) || readFileSync(file, "utf8") !== text);
  const old = leftOver(request, wanted);
  const show = (file: string): string => relative(process.cwd(), file);
  if (check) {
    for (const [file] of changed) process.stderr.write(`${show(file)} is not up to date\n`);
    for (const file of old) process.stderr.write(`${show(file)} belongs to no module\n`);
    if (changed.length + old.length === 0) return 0;
    process.stderr.write(`Run "interloop-${runtime} types" with the names of your modules\n`);
    return 1;
  }
  replace(changed);
  for (const file of old) rmSync(file);
  for (const [file] of changed) process.stdout.write(`${show(file)}\n`);
  for (const note of notes) process.stderr.write(`${note}\n`);
  return 0;
}

/** Write all of the files, or none. */
function replace(files: readonly (readonly [file: string, text: string])[]): void {
  const written: string[] = [];
  try {
    for (const [file, text] of files) {
      mkdirSync(dirname(file), { recursive: true });
      const draft = join(dirname(file), `.${basename(file)}.${process.pid}`);
      written.push(draft);
      writeFileSync(draft, text);
    }
  } catch (error) {
    for (const draft of written) rmSync(draft, { force: true });
    throw error;
  }
  for (const [index, [file]] of files.entries()) renameSync(written[index]!, file);
}

/** Until the process is ended. Installed packages do not change while somebody watches. */
async function watch(runtime: string, request: Request, first: Outcome): Promise<never> {
  const own = first.read.filter((file) => !/[\\/](site-packages|dist-packages|typeshed|lib[\\/]python[\d.]+)[\\/]/.test(file));
  const folders = new Set([...own, ...request.files.map((file) => resolve(file))].map((file) => dirname(file)));
  if (folders.size === 0) process.stderr.write("All of these modules are installed packages: there is nothing to watch\n");
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const again = (): void => {
    try {
      finish(runtime, request, perform(request), false);
    } catch (error) {
      process.stderr.write(`interloop-${runtime} types: ${(error as Error).message}\n`);
    }
  };
  for (const folder of folders) {
    watchFolder(folder, (_event, name) => {
      if (name !== null && !/\.pyi?$/.test(name)) return;
      clearTimeout(waiting);
      waiting = setTimeout(again, 50);
    });
  }
  return await new Promise<never>(() => {});
}
