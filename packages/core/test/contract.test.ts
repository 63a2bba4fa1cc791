import { getRuntime } from "@interloop/core";
import { expect, test, vi } from "vitest";

test("without an adapter, the error says which packages to add", () => {
  expect(() => getRuntime()).toThrow(/No runtime is installed; add "@interloop\/(node|deno|bun)" and import it/);
  vi.stubGlobal("navigator", undefined);
  expect(() => getRuntime()).toThrow(/No runtime is installed; add "@interloop\/node", "@interloop\/deno" or "@interloop\/bun" and import it/);
  vi.unstubAllGlobals();
});

test("with an adapter for another version of the contract, the error says so", () => {
  Object.assign(globalThis, { [Symbol.for("interloop.sharedState.999")]: { runtime: { name: "future" } } });
  expect(() => getRuntime()).toThrow(/speaks contract 999 of interloop, but this copy of "@interloop\/core" speaks contract \d+; install the same version/);
});
