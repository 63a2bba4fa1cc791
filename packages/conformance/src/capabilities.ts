/** What the suite needs to know about a runtime and about the test runner that it is run by. */

/** Something that a runtime lacks, and why. */
export interface Missing {
  readonly missing: string;
}

/** The part of a test runner that the suite uses; vitest, `bun:test` and Deno's `@std/testing/bdd` all have it. */
export interface Harness {
  describe(name: string, body: () => void): void;
  test(name: string, body: () => void | Promise<void>, timeout?: number): void;
  /** Announces a test that is not run. */
  skip(name: string): void;
}

export interface Capabilities {
  /** The runtime's name, as in `getRuntime().name`. */
  readonly name: string;
  readonly harness: Harness;
  /** Runs the garbage collector at once. Without it nothing that depends on finalizers is tested, the census neither. */
  readonly collectGarbage: (() => void) | Missing;
  /** The garbage collector finds everything that nothing names any more at its first run. */
  readonly exactCollector: true | Missing;
  /** `AsyncLocalStorage` keeps its store through promises. */
  readonly asyncLocalStorage: true | Missing;
  /** Each store of an AsyncLocalStorage has a Python context of its own. */
  readonly storeContexts: true | Missing;
  /** `spawnBlocking` runs JS functions. */
  readonly workers: true | Missing;
  /** Python imports JS modules. */
  readonly modules: true | Missing;
  /** `import` statements find Python files, with the adapter's `register`. */
  readonly pythonImports: true | Missing;
  /** The stacks of errors name the async functions that await. */
  readonly asyncStacks: true | Missing;
  /** The URL of the testing package: `@interloop/<runtime>/testing`, or what a host has in its place. */
  readonly testing: string;
  /** The arguments with which `process.execPath` runs a program given as text; the program is a module and sees the adapter's exports as `api`. */
  readonly child: ((source: string) => readonly string[]) | Missing;
  /** The arguments with which `process.execPath` runs the adapter's own command. */
  readonly command: readonly string[] | Missing;
  /** The same for a program in a file: what it begins with, and the arguments. */
  readonly program: { readonly prefix: string; command(file: string): readonly string[] } | Missing;
  /** `import.meta.main` is true in the entry of a worker. */
  readonly mainInWorkers: true | Missing;
  /** An uncaught error of a worker arrives at the thread that started it with its name. */
  readonly namesOfWorkerErrors: true | Missing;
  /** By how much deadlines are longer than on an ordinary build; 1 unless a sanitizer slows everything. */
  readonly patience: number;
  /** More rounds: races, storms and memory in full. */
  readonly nightly: boolean;
}

/** True when the runtime has it. */
export function has<T>(capability: T | Missing): capability is Exclude<T, Missing> {
  return !(typeof capability === "object" && capability !== null && "missing" in capability);
}
