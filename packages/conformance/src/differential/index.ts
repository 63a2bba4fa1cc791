/** The same program must print the same lines in every runtime: those that stand beside it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { has, type Capabilities } from "../capabilities.ts";
import { assertQuiet, childRunner } from "../child.ts";
import type { Adapter } from "../suite.ts";

/** What a scenario's file exports: a program that prints. Python prints through it as well, so that there is one order. */
export type Scenario = (api: Adapter, print: (...words: unknown[]) => void) => Promise<void>;

const folder = join(import.meta.dirname, "scenarios");
const scenarios = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));

/** Registers one test for each scenario. */
export function runDifferential(capabilities: Capabilities): void {
  const { harness } = capabilities;
  if (!has(capabilities.child)) {
    harness.skip(`scenarios (${capabilities.child.missing})`);
    return;
  }
  const run = childRunner(capabilities);
  for (const name of scenarios) {
    harness.test(name, async () => {
      const url = pathToFileURL(join(folder, `${name}.ts`)).href;
      const expected = readFileSync(join(folder, `${name}.txt`), "utf8");
      assert.ok(expected !== "");
      assertQuiet(
        await run(`import { scenario } from ${JSON.stringify(url)}; await scenario(api, (...words) => console.log(words.map(String).join(" ")));`),
        expected,
      );
    });
  }
}
