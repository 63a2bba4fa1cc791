import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Runtime } from "@interloop/core";
import { asyncContext } from "./async-context.ts";
import { loadBinding } from "./binding.ts";
import { onExit } from "./exit.ts";

/** What core needs of Node. */
export const runtime: Runtime = {
  name: "node",
  capabilities: { collectGarbage },
  asyncContext,
  loadBinding,
  hop(callback) {
    setImmediate(callback);
  },
  timer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  onExit,
};

let collect: (() => void) | undefined;

function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}
