import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { AsyncContext, Snapshot, TaskLocals } from "@interloop/core";

// An AsyncResource captures the context as AsyncLocalStorage.snapshot() does: for a fraction of its cost in Node, for no more than that elsewhere.
const RESOURCE = "INTERLOOP";
const OPTIONS = { requireManualDestroy: true };

class Captured extends AsyncResource implements Snapshot {
  constructor() {
    super(RESOURCE, OPTIONS);
  }

  run<T>(fn: () => T): T {
    return this.runInAsyncScope(fn);
  }
}

// Made while this module is evaluated, when no store is in force, unless the program imports us inside of one.
const root = new AsyncResource(RESOURCE, OPTIONS);
const locals = new AsyncLocalStorage<TaskLocals>();
const { run, enterWith } = AsyncLocalStorage.prototype;

let inUse = false;
const waiting: (() => void)[] = [];

/** Learn when the program begins to use an AsyncLocalStorage: until then its context need not be carried. The patch goes away with the first use. */
function watchUse(): void {
  const prototype = AsyncLocalStorage.prototype as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>;
  const originals = ["run", "enterWith", "withScope"].flatMap((name) => {
    const original = prototype[name];
    return original === undefined ? [] : [{ name, original }];
  });
  const patches = new Map<string, unknown>();
  const restore = (): void => {
    inUse = true;
    for (const { name, original } of originals) if (prototype[name] === patches.get(name)) prototype[name] = original;
    for (const notify of waiting.splice(0)) notify();
  };
  for (const { name, original } of originals) {
    const patch = function (this: unknown, ...args: unknown[]): unknown {
      // Node's run() calls enterWith(), so our own storage comes by as well.
      if (!inUse && this !== locals) restore();
      return original.apply(this, args);
    };
    Object.defineProperty(patch, "name", { value: name });
    patches.set(name, patch);
    prototype[name] = patch;
  }
}

watchUse();

/** The AsyncLocalStorage strategy. */
export const asyncContext: AsyncContext = {
  scope: (value, fn) => run.call(locals, value, fn) as ReturnType<typeof fn>,
  getTaskLocals: () => locals.getStore(),
  enter: (value) => enterWith.call(locals, value),
  snapshot: () => (inUse ? new Captured() : undefined),
  root: (fn) => root.runInAsyncScope(fn),
  onUse(notify) {
    if (inUse) notify();
    else waiting.push(notify);
  },
};
