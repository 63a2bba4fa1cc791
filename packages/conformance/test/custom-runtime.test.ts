/** The suite, all of it, on a runtime that is none of ours: the host of an example, which has less than an adapter has. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { runConformance, runStress } from "../src/index.ts";
import type { Adapter, Capabilities } from "../src/index.ts";

// Before anything imports an adapter: the first runtime stays.
const url = new URL("../../../examples/embedder/src/host.ts", import.meta.url).href;
const host = (await import(url)) as Adapter;
const { capabilities, childOf, programOf } = await import("./under-test.ts");

const missing = (what: string): { readonly missing: string } => ({ missing: `the host of the example ${what}` });

// The others belong to the engine, which is that of the adapter.
const declared: Capabilities = {
  ...capabilities,
  name: "embedder",
  collectGarbage: missing("runs no collector"),
  storeContexts: missing("does not tell when a store is entered"),
  workers: missing("has no workers"),
  pythonImports: missing("registers no hooks"),
  modules: missing("loads no modules for Python"),
  testing: import.meta.resolve("@interloop/node-shared/testing"),
  child: childOf(url),
  program: programOf(url),
  command: missing("has no command"),
};

// The first test, and so the first in the program that asks for a signal; the suite then finds every signal.
test("without enter the first signal is good until the first await of its call, those after it for good", async () => {
  const { getCurrentSignal, getRuntime, python } = host;
  assert.equal(getRuntime().name, declared.name);
  const { call } = python.fromCode("async def call(function): return await function()", "case.py", "case");
  const isGood = async (): Promise<boolean> => {
    const signal = getCurrentSignal();
    await Promise.resolve();
    return getCurrentSignal() === signal;
  };
  assert.deepEqual([await call(isGood), await call(isGood)], [false, true]);
});

runConformance(host, declared);
// What these find at their few rounds by day they find on the adapters.
if (declared.nightly) runStress(host, declared);
