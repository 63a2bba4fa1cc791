/** The same programs in each placement: what works is what the table in the documentation says. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { has, type Capabilities } from "../capabilities.ts";
import { fileRunner } from "../child.ts";
import { programs } from "./programs.ts";
import { readTable, type Outcomes } from "./table.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");

// How a program runs in each, given what runs the programs.
const placements = {
  guest: "await body();",
  thread: 'api.init({ placement: "thread" }); await body();',
  main: "api.main(import.meta, body);",
};

/** Registers the test of the table. */
export function runPlacements(capabilities: Capabilities): void {
  const { harness, name: runtime, program } = capabilities;
  if (!has(program)) {
    harness.skip(`what runs where (${program.missing})`);
    return;
  }
  const run = fileRunner(capabilities);

  const outcomesIn = async (start: string): Promise<ReadonlyMap<string, string>> => {
    const url = new URL("programs.ts", import.meta.url).href;
    const { stdout } = await run(`
      import { runPrograms } from ${JSON.stringify(url)};
      const body = () => runPrograms(api, (...outcome) => console.log("outcome " + JSON.stringify(outcome)));
      ${start}`);
    const lines = stdout.split("\n").filter((line) => line.startsWith("outcome "));
    return new Map(lines.map((line) => JSON.parse(line.slice("outcome ".length)) as [string, string]));
  };

  harness.test(
    "what runs where is as documented; npm run placements:update writes it anew",
    async () => {
      const found = await Promise.all(Object.entries(placements).map(async ([placement, start]) => [placement, await outcomesIn(start)] as const));
      const outcomes: Outcomes = Object.fromEntries(
        Object.keys(programs).map((title) => [
          title,
          Object.fromEntries(found.map(([placement, of]) => [placement, of.get(title) ?? "no (ends the process)"])),
        ]),
      );
      const folder = join(root, ".results", "placements");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${runtime}.json`), JSON.stringify(outcomes));
      assert.deepEqual(outcomes, readTable(readFileSync(join(root, "docs", "placements.md"), "utf8"), runtime));
    },
    60_000,
  );
}
