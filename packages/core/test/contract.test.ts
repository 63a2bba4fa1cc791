import { getRuntime } from "@interloop/core";
import { expect, test } from "vitest";

test("without an adapter, the error says which packages to add", () => {
  expect(() => getRuntime()).toThrow(/No runtime is installed; import "@interloop\/node", "@interloop\/deno" or "@interloop\/bun" first/);
});

test("with an adapter for another version of the contract, the error says so", () => {
  Object.assign(globalThis, { [Symbol.for("interloop.carrier.999")]: { runtime: { name: "future" } } });
  expect(() => getRuntime()).toThrow(/speaks contract 999 of interloop, but this copy of "@interloop\/core" speaks contract \d+; install the same version/);
});
