/** What Node can do, for the suite. */
import { describe, test } from "vitest";
import type { Capabilities } from "../src/index.ts";

const adapter = import.meta.resolve("@interloop/node");
const flags = ["--conditions=@interloop/source", "--disable-warning=ExperimentalWarning", "--expose-gc"];
const patience = Number(process.env["INTERLOOP_PATIENCE"] || 1);
const { gc } = globalThis as { gc?: () => void };

export const node: Capabilities = {
  name: "node",
  harness: { describe: (name, body) => void describe(name, body), test: (name, body, timeout = 30_000) => void test(name, body, timeout * patience), skip: (name) => void test.skip(name) },
  collectGarbage: gc ?? { missing: "the test run was started without --expose-gc" },
  asyncLocalStorage: true,
  child: (source) => [...flags, "--input-type=module", "--eval", `import * as api from ${JSON.stringify(adapter)}; const adapter = ${JSON.stringify(adapter)};\n${source}`],
  patience,
  nightly: process.env["INTERLOOP_NIGHTLY"] === "1",
};
