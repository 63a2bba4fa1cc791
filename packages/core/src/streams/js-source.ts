/** Whatever JS can iterate over, as one kind of iterator. */
import { describe } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";

/** What {@link JsReader} reads from. */
export interface JsSource {
  readonly sync: boolean;
  next(sent: unknown): unknown;
  /** Undefined where it cannot be told. */
  readonly return: (() => unknown) | undefined;
  readonly throw: ((error: unknown) => unknown) | undefined;
  /** Makes a read that is going on end now. */
  readonly interrupt: (() => void) | undefined;
}

interface Reader {
  read(): Promise<IteratorResult<unknown, undefined>>;
  cancel(): Promise<void>;
  releaseLock(): void;
}

type Loose = Record<PropertyKey, unknown>;

/** Can it be iterated over? */
export function isIterable(value: unknown): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return typeof value === "string";
  const loose = value as Loose;
  return [Symbol.asyncIterator, Symbol.iterator, "getReader"].some((key) => typeof loose[key] === "function");
}

/** Begin to iterate over it. */
export function openSource(iterable: unknown): JsSource {
  const loose = iterable as Loose;
  // An iterator over a stream could only be told to leave once its read has ended; a reader can be told at once.
  if (typeof loose["getReader"] === "function") return fromReader((loose["getReader"] as () => Reader).call(loose));
  const make = loose[Symbol.asyncIterator];
  if (typeof make === "function") return fromIterator((make as () => AsyncIterator<unknown>).call(loose), false, destroyerOf(loose));
  if (typeof loose[Symbol.iterator] !== "function")
    throw new InterloopError("bad-argument", `asyncIterableIntoPy needs something to iterate over, not ${describe(iterable)}`);
  return fromIterator((loose[Symbol.iterator] as () => AsyncIterator<unknown>).call(loose), true, undefined);
}

function fromIterator(iterator: AsyncIterator<unknown, unknown, unknown>, sync: boolean, interrupt: (() => void) | undefined): JsSource {
  return {
    sync,
    next: (sent) => (sent === undefined ? iterator.next() : iterator.next(sent)),
    return: typeof iterator.return === "function" ? () => iterator.return!() : undefined,
    throw: typeof iterator.throw === "function" ? (error) => iterator.throw!(error) : undefined,
    interrupt,
  };
}

function fromReader(reader: Reader): JsSource {
  const cancel = async (): Promise<void> => {
    await reader.cancel();
    reader.releaseLock();
  };
  const next = async (): Promise<IteratorResult<unknown, undefined>> => {
    const step = await reader.read();
    if (step.done === true) reader.releaseLock();
    return step;
  };
  return { sync: false, next, return: cancel, throw: undefined, interrupt: () => undefined };
}

/** Of a stream as Node has them, which ends when it is destroyed, whatever it waits for. */
function destroyerOf(stream: Loose): (() => void) | undefined {
  return typeof stream["destroy"] === "function" && typeof stream["pipe"] === "function" ? () => (stream["destroy"] as () => void)() : undefined;
}
