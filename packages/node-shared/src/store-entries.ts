import { AsyncLocalStorage } from "node:async_hooks";
import type { AsyncContext } from "@interloop/core";

/** What core makes for each store of the program, and finds again in it. */
export type StoreContext = NonNullable<ReturnType<NonNullable<AsyncContext["getStore"]>>>;

type Method = (...args: unknown[]) => unknown;
type Storage = AsyncLocalStorage<unknown>;
type Scope = Record<PropertyKey, unknown>;

/**
 * Sees the program enter stores of AsyncLocalStorage, each time, and carries along what core makes for the store. Methods of the prototype are replaced for that, so what was taken from it before this was made is not seen.
 * An AsyncLocalStorage that carries nothing of core's costs what it did.
 */
export class StoreEntries {
  readonly #carried = new AsyncLocalStorage<StoreContext>();
  readonly #ours: ReadonlySet<unknown>;
  readonly #onUse: () => void;
  readonly #run = AsyncLocalStorage.prototype.run as unknown as Method;
  readonly #enterWith = AsyncLocalStorage.prototype.enterWith as unknown as Method;
  #make: (() => StoreContext) | undefined = undefined;
  /** A method of the runtime's own is running, which may call others: Node's run() calls enterWith(), before and after. */
  #inside = 0;

  /** `own` is a storage of ours, which is no store of the program's. `onUse` is called whenever the program enters one. */
  constructor(own: AsyncLocalStorage<never> | AsyncLocalStorage<unknown>, onUse: () => void) {
    this.#ours = new Set<unknown>([own, this.#carried]);
    this.#onUse = onUse;
  }

  /** Call `make` for each store from now on. The methods are replaced here, not before: only the adapter that is installed does that, once for all realms of the thread. */
  use(make: () => StoreContext): void {
    this.#make = make;
    this.#replace("run", (storage, original, [store, fn, ...args]) => this.#runIn(fn, args, (inner) => original.call(storage, store, inner)));
    this.#replace("exit", (storage, original, [fn, ...args]) => this.#runIn(fn, args, (inner) => original.call(storage, inner)));
    this.#replace("enterWith", (storage, original, args) => {
      const context = this.#make?.();
      const result = this.#whileInside(() => original.apply(storage, args));
      if (context !== undefined) this.#carry(context);
      return result;
    });
    this.#replace("withScope", (storage, original, args) => this.#scope(storage, original, args));
  }

  current(): StoreContext | undefined {
    return this.#carried.getStore();
  }

  #carry(context: StoreContext | undefined): void {
    this.#enterWith.call(this.#carried, context);
  }

  #replace(name: string, instead: (storage: Storage, original: Method, args: unknown[]) => unknown): void {
    const prototype = AsyncLocalStorage.prototype as unknown as Record<string, Method | undefined>;
    const original = prototype[name];
    if (original === undefined) return;
    const seen = (storage: Storage, args: unknown[]): unknown => {
      if (this.#inside > 0 || this.#ours.has(storage)) return original.apply(storage, args);
      this.#onUse();
      return instead(storage, original, args);
    };
    const method = function (this: Storage, ...args: unknown[]): unknown {
      return seen(this, args);
    };
    Object.defineProperty(method, "name", { value: name });
    Object.defineProperty(method, "length", { value: original.length });
    prototype[name] = method;
  }

  #whileInside<T>(fn: () => T): T {
    const inside = this.#inside;
    this.#inside = inside + 1;
    try {
      return fn();
    } finally {
      this.#inside = inside;
    }
  }

  /** Call `fn` where `enter` takes it. */
  #runIn(fn: unknown, args: unknown[], enter: (inner: () => unknown) => unknown): unknown {
    const context = this.#make?.();
    // The program's function is not inside of what is the runtime's.
    const outside = (): unknown => {
      const inside = this.#inside;
      this.#inside = 0;
      try {
        return (fn as Method)(...args);
      } finally {
        this.#inside = inside;
      }
    };
    return this.#whileInside(() => enter(context === undefined ? outside : () => this.#run.call(this.#carried, context, outside)));
  }

  /** `using scope = storage.withScope(store)`. */
  #scope(storage: Storage, original: Method, args: unknown[]): unknown {
    const outer = this.current();
    const context = this.#make?.();
    const scope = this.#whileInside(() => original.apply(storage, args)) as Scope;
    if (context === undefined) return scope;
    this.#carry(context);
    for (const key of ["dispose", Symbol.dispose]) {
      const leave = scope[key];
      if (typeof leave !== "function") continue;
      const dispose = (): unknown => {
        const result = this.#whileInside(() => Reflect.apply(leave, scope, []) as unknown);
        if (this.current() === context) this.#carry(outer);
        return result;
      };
      Object.defineProperty(scope, key, { value: dispose, configurable: true, writable: true });
    }
    return scope;
  }
}
