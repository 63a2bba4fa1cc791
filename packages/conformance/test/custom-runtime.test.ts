/** The suite on a runtime that is none of ours: the host of an example, which has less than an adapter has. */
import { getRuntime } from "@interloop/core";
import { runConformance } from "../src/index.ts";
import type { Adapter } from "../src/index.ts";

// Before anything imports an adapter: the first runtime stays.
const host = (await import("../../../examples/embedder/src/host.ts")) as unknown as Adapter;
const { capabilities } = await import("./under-test.ts");

const missing = (what: string): { readonly missing: string } => ({ missing: `the host of the example ${what}` });

// What the contract is about; at night all that does not belong to an adapter, but for the rules of errors: the host's own functions stand in their stacks.
const topics = ["seeds", "reentry", "fairness", "context", "task locals", "cancellation", "signals", "spawning", "task groups", "blocking"];
const streams = ["streams into js", "streams into js, the body", "streams into js, ending", "streams into py", "streams into py, ending", "streams both ways"];
const more = [...streams, "values", "buffers", "handles", "js in python", "pymodule", "coroutines", "rings", "several loops", "run", "errors"];

// Without `enter` the signal of the first call in the program that asks for one is good until its first await. This is the first.
host.python.import("sys");
host.getCurrentSignal();

runConformance(
  host,
  {
    ...capabilities,
    name: getRuntime().name,
    collectGarbage: missing("runs no collector"),
    workers: missing("has no workers"),
    child: missing("is no package that a program of one line could import"),
    command: missing("has no command"),
  },
  capabilities.nightly ? [...topics, ...more] : topics,
);
