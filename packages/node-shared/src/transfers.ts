/** Hearing of the transfer of ArrayBuffers before it happens, where the engine cannot be asked to leave their memory alone. */
import * as workers from "node:worker_threads";

type Fn = (this: unknown, ...args: unknown[]) => unknown;
/** What a call would transfer. */
type Pick = (self: unknown, args: readonly unknown[]) => Iterable<unknown>;

const itself: Pick = (self) => [self];
const memoryOfItself: Pick = (self) => [(self as { readonly buffer?: unknown }).buffer];
const firstView: Pick = (_self, [view]) => [ArrayBuffer.isView(view) ? view.buffer : view];
/** The list that `structuredClone` and `postMessage` take as their second argument, plain or in an object. */
const listed: Pick = (_self, args) => {
  const options = args.findLast((arg) => typeof arg === "object" && arg !== null && arg !== args[0]) as { transfer?: Iterable<unknown> } | undefined;
  const list = options?.transfer ?? options;
  return typeof (list as Iterable<unknown> | undefined)?.[Symbol.iterator] === "function" ? (list as Iterable<unknown>) : [];
};

const global = globalThis as unknown as Record<string, { readonly prototype?: object } | undefined>;
const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly?: { readonly Memory: { readonly prototype: object } } };

// What is not here a runtime does not have, or it copies.
const ways: readonly (readonly [owner: object | undefined, names: readonly string[], pick: Pick])[] = [
  [ArrayBuffer.prototype, ["transfer", "transferToFixedLength"], itself],
  [globalThis, ["structuredClone", "postMessage"], listed],
  [global["MessagePort"]?.prototype, ["postMessage"], listed],
  [global["Worker"]?.prototype, ["postMessage"], listed],
  [workers.Worker?.prototype, ["postMessage"], listed],
  [workers.MessagePort?.prototype, ["postMessage"], listed],
  [workers.parentPort ?? undefined, ["postMessage"], listed],
  [global["ReadableByteStreamController"]?.prototype, ["enqueue"], firstView],
  [global["ReadableStreamBYOBReader"]?.prototype, ["read"], firstView],
  [wasm?.Memory.prototype, ["grow"], memoryOfItself],
];

/** Call `refuse` with each ArrayBuffer that is about to be transferred. */
export function guardTransfers(refuse: (buffer: unknown) => void): void {
  const guarded = new Set<object>();
  for (const [owner, names, pick] of ways) {
    if (owner === undefined || guarded.has(owner)) continue;
    guarded.add(owner);
    for (const name of names) guard(owner as Record<string, unknown>, name, pick, refuse);
  }
}

function guard(owner: Record<string, unknown>, name: string, pick: Pick, refuse: (buffer: unknown) => void): void {
  const { value: original, ...rest } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
  if (typeof original !== "function" || rest.configurable !== true) return;
  const { [name]: guarded } = {
    [name](this: unknown, ...args: unknown[]): unknown {
      for (const buffer of pick(this, args)) if (buffer instanceof ArrayBuffer) refuse(buffer);
      return Reflect.apply(original as Fn, this, args);
    },
  };
  Object.defineProperty(owner, name, { ...rest, value: guarded });
}
