// Type tests: a strict program per runtime against the packed packages, with the types of that runtime and no other's; and what the packages themselves are compiled with.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../node-binary.mjs";
import { npmBin, run } from "./pack.mjs";

const tsc = join(npmBin, "tsc");

// What TypeScript is told to know besides the language. Bun's types are made of Node's.
const runtimes = {
  core: { types: [], lib: ["esnext", "dom"], packages: [] },
  native: { types: ["node"], packages: ["@types/node"] },
  "node-shared": { types: ["node"], packages: ["@types/node"] },
  node: { types: ["node"], packages: ["@types/node"] },
  // Deno has the types of the web besides its own.
  deno: { types: ["deno"], lib: ["esnext", "dom", "dom.asynciterable"], packages: ["@types/deno"] },
  bun: { types: ["bun-types"], packages: ["bun-types", "@types/node"] },
};

const shortName = ({ name }) => name.replace("@interloop/", "");

const program = (name) => `
import { InterloopError, intoPromise, kwargs, promiseIntoPy, pymodule, python, PyError, scope, TaskLocals } from "${name}";
import type { IntoPromiseOptions, PyAwaitable, PyCallable, PyObject } from "${name}";

const asyncio = python.import("asyncio");
const nothing: PyAwaitable = asyncio["sleep"](1, kwargs({ result: null }));
const signal: AbortSignal = AbortSignal.timeout(1000);
const options: IntoPromiseOptions = { signal };
const slept: Promise<unknown> = intoPromise(nothing, options);
const future: PyObject = promiseIntoPy(async ({ signal }) => signal.aborted);
const locals: TaskLocals = TaskLocals.withRunningLoop().copyContext();
const answer: number = scope(locals, () => 42);
const sqrt: PyCallable<number> = python.import<{ sqrt: PyCallable<number> }>("math").sqrt;
pymodule("m", { add: (a: number, b: number): number => a + b });
try {
  await slept;
} catch (error) {
  if (error instanceof PyError) console.log(error.traceback);
  if (error instanceof InterloopError) console.log(error.code);
}
console.log(future, answer, sqrt(4));

// @ts-expect-error a signal is no number
await intoPromise(nothing, { signal: 5 });
// @ts-expect-error there is no such option
promiseIntoPy(Promise.resolve(1), { loop: 1 });
`;

const compilerOptions = {
  target: "esnext",
  lib: ["esnext"],
  module: "nodenext",
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  // The declarations of the packages are what is tested.
  skipLibCheck: false,
};

function link(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  if (!existsSync(to)) symlinkSync(from, to);
}

/** A program that uses the package compiles against its packed declarations. What does not, in the words of the compiler. */
export function checkConsumerTypes(item, work) {
  const name = shortName(item);
  const { types, lib, packages: known } = runtimes[name];
  const home = join(work, "types", name);
  mkdirSync(home, { recursive: true });
  for (const other of known) link(join(root, "node_modules", other), join(home, "node_modules", other));
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...compilerOptions, types, ...(lib === undefined ? {} : { lib }) } }));
  const uses = ["core", "node", "deno", "bun"].includes(name) ? program(item.name) : `import * as all from "${item.name}";\nconsole.log(all);\n`;
  writeFileSync(join(home, "main.ts"), uses);
  const { stdout } = spawnSync(tsc, ["-p", home, "--pretty", "false"], { encoding: "utf8", cwd: home });
  // What the types of the runtimes have among themselves is not ours.
  return stdout
    .split("\n")
    .filter((line) => line.includes("@interloop") || line.startsWith("main.ts") || line.startsWith("tsconfig") || line.startsWith("error"));
}

/** The sources of a package are compiled with its own runtime's types only. What is wrong, in words. */
export function foreignTypes(item) {
  const { packages } = runtimes[shortName(item)];
  const files = run(tsc, ["-p", join(root, item.folder, "tsconfig.json"), "--listFilesOnly"]).split("\n");
  const found = new Set(files.flatMap((file) => /node_modules\/(@types\/[\w-]+|bun-types)\//.exec(file)?.[1] ?? []));
  return [...found].filter((name) => !packages.includes(name)).map((name) => `${item.name} is compiled with the types of ${name}`);
}
