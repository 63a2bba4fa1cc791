/** An adapter that is imported in another runtime than its own. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { adapter, capabilities } from "./under-test.ts";

const titles: Readonly<Record<string, string>> = { node: "Node", deno: "Deno", bun: "Bun" };

for (const other of Object.keys(titles).filter((name) => name !== capabilities.name)) {
  test(`@interloop/${other} names the package for this runtime`, async () => {
    await assert.rejects(import(`@interloop/${other}`), {
      code: "wrong-runtime",
      message: `This is ${titles[capabilities.name]}, not ${titles[other]}; import "@interloop/${capabilities.name}" instead of "@interloop/${other}"`,
    });
    assert.equal(adapter.getRuntime().name, capabilities.name);
  });
}
