/** A pretended addon and runtime: what the unit tests need of them, with everything that core does written down. */
import type { Census, Discovery, Hooks, NativeBinding, PythonInfo, Ref } from "../src/binding.ts";
import { CONTRACT, CALL_SLOTS } from "../src/binding.ts";
import type { Runtime, Snapshot } from "../src/runtime/contract.ts";
import type { TaskLocals } from "../src/runtime/task-locals.ts";

type Fn = (...args: never[]) => unknown;

const info: PythonInfo = { executable: "/fake/python", library: "", version: "3.11.7", prefix: "", started: true };

/** The objects of the pretended Python are JS values under Refs. */
export class FakeBinding implements NativeBinding {
  readonly contract: number = CONTRACT;
  readonly callSlots: Float64Array = new Float64Array(CALL_SLOTS + 4);
  readonly objects = new Map<Ref, unknown>();
  readonly released: Ref[] = [];
  /** What startTask was told, with the call slots at that time. */
  readonly started: { promise: number; loop: Ref; context: number; snapshot: number }[] = [];
  readonly pumps: { poll: boolean; settled: readonly unknown[] | undefined }[] = [];
  hooks!: Hooks;
  starts = 0;
  /** How many callbacks are ready after each pump. */
  ready = 0;
  onPump: (() => void) | undefined;
  onStart: ((promise: number) => void) | undefined;
  /** The functions of the pretended `interloop._bridge`. */
  readonly helpers: Record<string, Fn> = {
    new_guest: () => ({ closed: false }),
    settle_in: () => null,
    is_closed: () => false,
    running_loop: () => null,
    copy_context: () => ({}),
  };
  #next = 1;

  /** A Ref for `object`. */
  add(object: unknown): Ref {
    this.objects.set(this.#next, object);
    return this.#next++;
  }

  /** A handle for `object`. */
  handle(object: unknown, traits = typeof object === "function" ? 1 : 0): unknown {
    return this.hooks.wrap(this.add(object), traits);
  }

  join(): NativeBinding {
    return this;
  }
  attach(hooks: Hooks): Float64Array {
    this.hooks = hooks;
    return this.callSlots;
  }
  useLoop(): void {}
  answer(): void {}
  start(): PythonInfo {
    this.starts++;
    return info;
  }
  discover(): Discovery {
    return { candidates: [], python: info };
  }
  running(): PythonInfo | undefined {
    return this.starts > 0 ? info : undefined;
  }
  importModule(name: string): unknown {
    return this.handle(name === "interloop._bridge" ? this.helpers : {});
  }
  emptyContext(): Ref {
    return 999;
  }
  call(callable: Ref, ...args: unknown[]): unknown {
    return this.#answer((this.objects.get(callable) as (...args: unknown[]) => unknown)(...args));
  }
  step(callable: Ref, ...args: unknown[]): unknown {
    return this.call(callable, ...args);
  }
  stepStream(): false {
    return false;
  }
  feedStream(): false {
    return false;
  }
  callWith(callable: Ref, args: readonly unknown[], names: readonly string[], values: readonly unknown[]): unknown {
    const named = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    return this.#answer((this.objects.get(callable) as (...args: unknown[]) => unknown)(...args, named));
  }
  getAttr(object: Ref, name: string): unknown {
    return this.#answer((this.objects.get(object) as Record<string, unknown>)[name]);
  }
  flatten(): undefined {}

  setAttr(object: Ref, name: string, value: unknown): undefined {
    (this.objects.get(object) as Record<string, unknown>)[name] = value;
  }
  deleteAttr(object: Ref, name: string): undefined {
    delete (this.objects.get(object) as Record<string, unknown>)[name];
  }
  next(): unknown {
    return undefined;
  }
  duplicate(ref: Ref): Ref {
    return this.add(this.objects.get(ref));
  }
  release(ref: Ref): void {
    this.released.push(ref);
  }
  watchHandle(): void {}
  sweepHandles(): void {}
  drain(): void {}
  endBuffer(): boolean {
    return true;
  }

  share(bytes: number): ArrayBuffer {
    return new ArrayBuffer(bytes);
  }

  buffer(): never {
    throw new Error("not pretended");
  }
  hostLoop(): void {}
  startTask(_awaitable: Ref, promise: number, loop: Ref): void {
    const [, context, snapshot] = this.callSlots;
    this.callSlots[1] = this.callSlots[2] = 0;
    this.started.push({ promise, loop, context: context!, snapshot: snapshot! });
    this.onStart?.(promise);
  }
  cancelTask(): boolean {
    return true;
  }
  observe(): void {}
  futureOf(): unknown {
    return this.handle({});
  }
  pump(poll: boolean, settled: readonly unknown[] | undefined): number {
    this.pumps.push({ poll, settled });
    this.onPump?.();
    return this.ready;
  }
  setReffed(): void {}
  endCalls(): void {}
  finalize(_processEnds: boolean): void {}
  limitExit(): void {}
  setBlocking(): void {}
  runSignals(): void {}
  signalChanged(): void {}
  setVariable(): void {}
  variables(): undefined {}
  census(): Census {
    return { refs: this.objects.size, crossings: 0, jsObjects: 0, watched: 0, buffers: 0, handles: 0, queued: 0 };
  }

  #answer(value: unknown): unknown {
    return (typeof value === "object" && value !== null) || typeof value === "function" ? this.handle(value) : value;
  }
}

/** A runtime whose macrotasks run when the test says so. */
export interface FakeRuntime extends Runtime {
  readonly hops: (() => void)[];
  readonly exits: (() => void)[];
  /** Run what is queued as a macrotask. */
  turn(): void;
  /** Say that the program uses an AsyncLocalStorage, whose context is `store`. */
  use(store: unknown): void;
  /** How often something ran in the root context. */
  roots: number;
  /** The store that {@link use} set. */
  readonly store: unknown;
}

export function fakeRuntime(binding: FakeBinding): FakeRuntime {
  let locals: TaskLocals | undefined;
  let store: unknown;
  let used = false;
  let notify = (): void => {};
  const within = <T>(next: TaskLocals | undefined, nextStore: unknown, fn: () => T): T => {
    const before = [locals, store] as const;
    [locals, store] = [next, nextStore];
    try {
      return fn();
    } finally {
      [locals, store] = before;
    }
  };
  const runtime: FakeRuntime = {
    name: "fake",
    capabilities: {},
    hops: [],
    exits: [],
    roots: 0,
    get store() {
      return store;
    },
    asyncContext: {
      scope: (value, fn) => within(value, store, fn),
      getTaskLocals: () => locals,
      snapshot(): Snapshot | undefined {
        const captured = [locals, store] as const;
        return used ? { run: (fn) => within(...captured, fn) } : undefined;
      },
      root(fn) {
        runtime.roots++;
        return within(undefined, undefined, fn);
      },
      onUse(callback) {
        notify = callback;
      },
    },
    loadBinding: () => binding,
    spawn: queueMicrotask,
    runMacrotask: (callback) => void runtime.hops.push(callback),
    timer: () => () => {},
    onExit: (callback) => void runtime.exits.push(callback),
    turn() {
      for (const runMacrotask of runtime.hops.splice(0)) runMacrotask();
    },
    use(value) {
      used = true;
      store = value;
      notify();
    },
  };
  return runtime;
}

/** All microtasks that are queued now, and those that they queue. */
export async function microtasks(): Promise<void> {
  for (let round = 0; round < 300; round++) await Promise.resolve();
}
