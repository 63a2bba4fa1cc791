/** What a topic's file gets: the adapter under test and a `test` that takes the census. */
import type * as node from "@interloop/node";
import type { Census, NativeBinding } from "@interloop/core";
import assert from "node:assert/strict";
import { has, type Capabilities } from "./capabilities.ts";
import { growth, settle, type Settling } from "./census.ts";
import type { Py } from "./py.ts";

/** The module namespace of an adapter. */
export type Adapter = typeof node;

export interface TestOptions {
  /** The deadline in milliseconds. */
  readonly timeout?: number;
  /** What the test needs that a runtime may lack. */
  readonly needs?: keyof Capabilities & ("collectGarbage" | "asyncLocalStorage" | "storeContexts" | "asyncStacks" | "workers" | "modules" | "child");
  /** Why this test may leave something behind; the census is not taken then. */
  readonly leaves?: string;
}

export interface Suite {
  readonly api: Adapter;
  readonly capabilities: Capabilities;
  /** A test with the census taken around it: what grows and grows again at a second run is a leak. */
  test(name: string, body: () => void | Promise<void>, options?: TestOptions): void;
  /** A fresh Python module made from `code`; nothing else keeps it. */
  load(code: string): Py;
  /** Python's collector. */
  collectPython(): void;
  /** Both collectors until nothing more goes; answers with the census. */
  settle(): Promise<Census>;
}

export type Topic = (suite: Suite) => void;

const helperCode = `
import gc, textwrap, types

def load(code):
    module = types.ModuleType("case")
    exec(compile(textwrap.dedent(code), "case.py", "exec"), module.__dict__)
    return module

def collect():
    gc.collect()

def freeze():
    gc.freeze()
`;

/** The addon that core uses in this environment: it is in the state that copies of core share. */
function bindingInUse(): NativeBinding {
  const key = Object.getOwnPropertySymbols(globalThis).find((symbol) => symbol.description?.startsWith("interloop.sharedState."));
  assert.ok(key !== undefined, "core has no shared state");
  return (globalThis as unknown as Record<symbol, { environment: { binding: NativeBinding } }>)[key]!.environment.binding;
}

export function makeSuite(api: Adapter, capabilities: Capabilities): Suite {
  let helper: Py;
  let collector: Py;
  let freezer: Py;
  const helpers = (): Py => (helper ??= api.python.fromCode(helperCode, "conformance_helper.py", "conformance_helper"));
  // One handle for good: a new one each time would be seen in the census, which then never stands still without JS's own collector.
  const collectPython = (): void => void (collector ??= helpers().collect)();
  const binding = (): NativeBinding => {
    helpers();
    return bindingInUse();
  };
  // What a test has left in order stays: no later collection has to look at it, nor at the modules that tests import.
  const freezePython = (): void => void (freezer ??= helpers().freeze)();
  const collectBoth = (settling?: Settling): Promise<Census> => {
    const collect = capabilities.collectGarbage;
    return settle(binding(), { js: has(collect) ? collect : () => undefined, python: collectPython }, settling);
  };

  // What there was when the last test had ended; undefined after one whose census was not taken.
  let last: Census | undefined;

  const takeCensus = async (body: () => void | Promise<void>): Promise<void> => {
    let before = last ?? (await collectBoth());
    last = undefined;
    // What is made once and kept grows at the first run only; what a stale word on the stack names is named by it in few of several runs.
    const runs = has(capabilities.exactCollector) ? 2 : 6;
    for (let run = 1; ; run++) {
      await body();
      const isLast = run === runs;
      const after = await collectBoth({ enough: (census) => growth(before, census) === undefined, ...(isLast ? {} : { still: 1 }) });
      const grown = growth(before, after);
      if (grown === undefined) {
        freezePython();
        last = after;
        return;
      }
      if (isLast) assert.fail(`The census has grown: ${grown}`);
      before = after;
    }
  };

  return {
    api,
    capabilities,
    test(name, body, { timeout, needs, leaves } = {}) {
      const { harness, collectGarbage } = capabilities;
      if (needs !== undefined && !has(capabilities[needs])) {
        const { missing } = capabilities[needs] as { missing: string };
        harness.skip(`${name} (${missing})`);
        return;
      }
      const counted = has(collectGarbage) && leaves === undefined;
      const uncounted = (): void | Promise<void> => {
        last = undefined;
        return body();
      };
      harness.test(name, counted ? () => takeCensus(body) : uncounted, timeout);
    },
    load: (code) => helpers().load(code),
    collectPython,
    settle: () => collectBoth(),
  };
}
