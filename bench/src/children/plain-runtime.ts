import type { Runtime } from "@interloop/core";
import { loadBinding } from "@interloop/native";

/** Node without its async context: what a crossing would cost if nothing were ever carried. */
export const plainRuntime: Runtime = {
  name: "node",
  capabilities: {},
  asyncContext: {
    scope: (_locals, fn) => fn(),
    getTaskLocals: () => undefined,
    snapshot: () => undefined,
    root: (fn) => fn(),
    onUse() {},
  },
  loadBinding,
  hop(callback) {
    setImmediate(callback);
  },
  timer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  onExit(callback) {
    process.on("exit", callback);
  },
};
