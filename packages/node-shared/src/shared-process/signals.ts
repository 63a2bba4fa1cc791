/**
 * Signals that Python listens to as well.
 *
 * The problem: a runtime takes a signal when it gets its first listener, and gives it up to the system when the last one leaves, whoever has put a handler there meanwhile.
 * What is done: the addon is told, so that Python's handler comes forth again, and so that Python does not put back a handler that JS has left.
 */
import { constants } from "node:os";
import process from "node:process";
import { isMainThread } from "node:worker_threads";

type Tell = (signal: number, listens: boolean) => void;

const numbers = constants.signals as Readonly<Record<string, number>>;
const ignore = (): void => undefined;
// A listener of our own comes or goes.
let quiet = false;

function numberOf(event: unknown): number | undefined {
  return typeof event === "string" && event.startsWith("SIG") && !quiet ? numbers[event] : undefined;
}

function tellLeft(event: unknown, tell: Tell): void {
  const number = numberOf(event);
  if (number !== undefined && process.listenerCount(event as string) === 0) tell(number, false);
}

/** Tell of each signal that JS has left. */
export function watchSignals(tell: Tell): void {
  if (isMainThread) process.on("removeListener", (event: unknown) => tellLeft(event, tell));
}

/** The same in Deno, whose own handler stays in place for good: tell of the signals to which JS listens, too. */
export function watchDenoSignals(tell: Tell): void {
  if (!isMainThread) return;
  watchSignals(tell);
  process.on("newListener", (event: unknown) => {
    const number = numberOf(event);
    if (number !== undefined) tell(number, true);
  });
}

/** The same in Bun, whose process emits no such event. */
export function watchBunSignals(tell: Tell): void {
  if (!isMainThread) return;
  const methods = process as unknown as Record<string, (this: unknown, event: unknown, ...rest: unknown[]) => unknown>;
  for (const name of ["off", "removeListener", "removeAllListeners"]) {
    const remove = methods[name]!;
    methods[name] = function removing(event, ...rest) {
      const result = Reflect.apply(remove, this, event === undefined ? [] : [event, ...rest]);
      for (const one of event === undefined ? Object.keys(numbers) : [event]) tellLeft(one, tell);
      return result;
    };
  }
}

function nameOf(signal: number): string | undefined {
  return Object.keys(numbers).find((name) => numbers[name] === signal);
}

// Those of which both sides hear.
const shared = new Set(["SIGCHLD", "SIGWINCH", "SIGURG", "SIGCONT"]);
const kept = new Set<number>();

/** In Node: keep its handler of the signals that both sides listen to. It takes that of SIGCHLD away whenever it has no child. */
export function takeNodeSignal(signal: number): void {
  const name = nameOf(signal);
  if (!isMainThread || name === undefined || !shared.has(name) || kept.has(signal)) return;
  kept.add(signal);
  process.on(name, ignore);
}

/** In Deno: let it put its handler there now, for it does so once only, and over whatever is there. */
export function takeDenoSignal(signal: number): void {
  const name = nameOf(signal);
  if (!isMainThread || name === undefined || kept.has(signal)) return;
  kept.add(signal);
  quiet = true;
  try {
    process.on(name, ignore);
    process.off(name, ignore);
  } finally {
    quiet = false;
  }
}
