/** The runtime that runs this file, its adapter, and what it can do, for the suite. */
import { describe, test } from "vitest";
import { fileURLToPath } from "node:url";
import { runningRuntime } from "@interloop/node-shared";
import type { Adapter, Capabilities } from "../src/index.ts";

const name = runningRuntime();
const specifier = `@interloop/${name}`;
const source = "--conditions=@interloop/source";
const url = import.meta.resolve(specifier);
const patience = Number(process.env["INTERLOOP_PATIENCE"] || 1);
const config = fileURLToPath(new URL("../deno.json", import.meta.url));

// How each runtime runs a program given as text. Deno needs to be told where the packages are, the others look from the importing file.
const commands = {
  node: [source, "--disable-warning=ExperimentalWarning", "--expose-gc", "--input-type=module", "--eval"],
  deno: ["eval", source, "--config", config],
  bun: [source, "--eval"],
};

// How each runtime runs the adapter's command from its sources.
const bins = { node: [source, "--disable-warning=ExperimentalWarning"], deno: ["run", "--allow-all", source], bun: [source] };

// The same for a file.
const files = {
  node: [source, "--disable-warning=ExperimentalWarning"],
  deno: ["run", "--allow-all", source, "--config", config],
  bun: [source],
};

// Where the runtimes differ, and why.
const noMain = { missing: "Bun says that no module of a worker is the main one" };
const conservative = {
  missing: "JavaScriptCore takes what looks like an address on the stack for one: https://webkit.org/blog/12967/understanding-gc-in-jsc-from-scratch/",
};

/** In Bun's stacks its own calls are in a file "native": vitest finds our folder of that name, and dies of reading it. */
function withoutNativeCalls(body: () => void | Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await body();
    } catch (error) {
      if (error instanceof Error && error.stack !== undefined) error.stack = error.stack.replaceAll(/^ *at .*\(native:\d+:\d+\)\n?/gm, "");
      throw error;
    }
  };
}

/** How a program given as text is run, whose `api` is the module of that URL. */
export function childOf(module: string): (text: string) => readonly string[] {
  return (text) => [...commands[name], `import * as api from ${JSON.stringify(module)}; const adapter = ${JSON.stringify(module)};\n${text}`];
}

/** The same for a program in a file. */
export function programOf(module: string): Extract<Capabilities["program"], { prefix: string }> {
  return { prefix: `import * as api from ${JSON.stringify(module)};`, command: (file) => [...files[name], file] };
}

export const adapter = (await import(specifier)) as Adapter;

const nightly = process.env["INTERLOOP_NIGHTLY"] === "1";

export const capabilities: Capabilities = {
  name,
  harness: {
    describe: (title, body) => void describe(title, body),
    test: (title, body, timeout = nightly ? 600_000 : 30_000) => void test(title, name === "bun" ? withoutNativeCalls(body) : body, timeout * patience),
    skip: (title) => void test.skip(title),
  },
  collectGarbage: adapter.getRuntime().capabilities.collectGarbage ?? { missing: "the adapter cannot run the collector" },
  exactCollector: name === "bun" ? conservative : true,
  asyncLocalStorage: true,
  storeContexts: true,
  workers: true,
  modules: true,
  pythonImports: name === "deno" ? { missing: "Deno looks for what import statements name before hooks can; import() asks them" } : true,
  asyncStacks: name === "bun" ? { missing: "JavaScriptCore does not tell who awaits" } : true,
  testing: import.meta.resolve(`${specifier}/testing`),
  child: childOf(url),
  command: [...bins[name], fileURLToPath(new URL("./bin.ts", url))],
  program: programOf(url),
  mainInWorkers: name === "bun" ? noMain : true,
  namesOfWorkerErrors: name === "node" ? true : { missing: "the runtime copies the name of its own classes of errors only" },
  patience,
  nightly,
};
