import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { AsyncContext, Snapshot, TaskLocals } from "@interloop/core";
import { StoreEntries } from "./store-entries.ts";
import type { StoreContext } from "./store-entries.ts";

// An AsyncResource captures the context as AsyncLocalStorage.snapshot() does: for a fraction of its cost in Node, for no more than that elsewhere.
const RESOURCE = "INTERLOOP";
const OPTIONS = { requireManualDestroy: true };

class Captured extends AsyncResource implements Snapshot {
  readonly store: StoreContext | undefined = entries.current();

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

const entries = new StoreEntries(locals, () => {
  if (inUse) return;
  inUse = true;
  for (const notify of waiting.splice(0)) notify();
});

/** A class of the runtime's own is the same in all realms of a thread. */
export const anchor: object = AsyncLocalStorage;

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
  onEnter: (make) => entries.use(make),
  getStore: () => entries.current(),
};
