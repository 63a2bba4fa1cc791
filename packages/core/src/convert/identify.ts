/** What a JS object, function or symbol is to Python. */
import { Kind, CallSlot } from "../binding.ts";
import { InterloopError, isPyError } from "../errors.ts";
import { dataKind, SLOW, write } from "./data-writer.ts";
import type { Named } from "./data-writer.ts";
import { kindOf as functionKind } from "./function-kind.ts";
import { isReference, Whole } from "./js-ref.ts";
import { isKwargs } from "./kwargs.ts";
import { environment, callSlots } from "../environment/environment.ts";
import { isMemory } from "./js-memory.ts";
import { isMappingLike } from "./plain-data.ts";
import { handleOf, live } from "../environment/refs.ts";
import { temporalText } from "./temporal.ts";
import { convertSlowly } from "./to-py.ts";
import { isArrayBuffer, isDate, isMap, isSet, isSharedArrayBuffer } from "../realms.ts";

function writeWhole(whole: Whole): number | string | readonly unknown[] {
  const kind = dataKind(whole.value);
  try {
    const written = kind === undefined ? undefined : write(whole.value, kind, nameInWhole, true);
    if (written !== undefined) return written;
  } catch (error) {
    if (error !== SLOW) throw error;
  }
  return -environment.values.keep(whole);
}

/** What `toPy` converts, and a call does not. */
function nameInWhole(value: object | symbol): Named {
  if (typeof value === "object" && !isReference(value) && handleOf(value) === undefined && isConvertible(value)) throw SLOW;
  return nameOf(value);
}

function isConvertible(value: object): boolean {
  const isContainer = Array.isArray(value) || isMap(value) || isSet(value) || isDate(value);
  return isContainer || ArrayBuffer.isView(value) || isArrayBuffer(value) || temporalText(value) !== undefined;
}

/** Positive: the Ref of the Python object that it stands for. Negative: the negated JsId under which it is kept now. Anything else is plain data, written down. */
export function identify(value: object | symbol, reference?: boolean): number | string | readonly unknown[] {
  if (typeof value === "symbol") return -environment.values.keep(value);
  if (typeof value === "object") {
    const kind = reference === true ? undefined : dataKind(value);
    if (kind !== undefined) {
      try {
        const written = write(value, kind, nameOf);
        if (written !== undefined) return written;
      } catch (error) {
        if (error !== SLOW) throw error;
        const handle = handleOf(convertSlowly(value));
        if (handle !== undefined) return live(handle);
        // Too deep to be written, and with functions: the object itself.
      }
    } else if (isReference(value)) {
      if (value instanceof Whole) return writeWhole(value);
      const target = value.value as object | symbol;
      if ((typeof target === "object" && target !== null) || typeof target === "function" || typeof target === "symbol") return identify(target, true);
    }
  }
  const ref = refFor(value);
  if (ref !== 0) return ref;
  // Written also when it is 0: a getter of the value may have run Python, which identified other values meanwhile.
  callSlots[CallSlot.kind] = reference === true && isMemory(value) ? Kind.buffer : kindOf(value);
  return -environment.values.keep(value);
}

/** The Ref of the Python object that a handle or a {@link PyError} stands for, or 0. */
function refFor(value: object): number {
  const handle = handleOf(value);
  if (handle !== undefined) return live(handle);
  if (isPyError(value)) {
    const exception = handleOf(value.value);
    if (exception !== undefined) return live(exception);
  }
  if (isKwargs(value)) {
    throw new InterloopError("bad-argument", "kwargs() must be the last argument of a call to a Python object");
  }
  return 0;
}

// The addon's JsKind, and its flag for async functions.
const Type = {
  object: 0,
  function: 1,
  promise: 2,
  buffer: 3,
  iterator: 4,
  array: 5,
  mapping: 6,
  asyncIterator: 7,
  memory: 8,
  asyncIterable: 9,
  asyncFunction: 1 + 16,
} as const;

/** A value in plain data that is none itself. */
function nameOf(value: object | symbol): Named {
  if (typeof value === "symbol") return { id: environment.values.keep(value), type: Type.object };
  if (typeof value === "object" && isReference(value)) {
    const target = value.value as object;
    return isMemory(target) ? { id: environment.values.keep(target), type: Type.buffer } : nameOf(target);
  }
  const ref = refFor(value);
  return ref !== 0 ? { ref } : { id: environment.values.keep(value), type: typeOf(value) };
}

function typeOf(value: object): number {
  const kind = kindOf(value);
  if (kind === Kind.thenable) return Type.promise;
  if (typeof value === "function") return kind === Kind.asyncFunction ? Type.asyncFunction : Type.function;
  if (kind === Kind.array) return Type.array;
  if (kind === Kind.mapping) return Type.mapping;
  if (kind === Kind.iterator || kind === Kind.ownIterator) return Type.iterator;
  if (kind === Kind.asyncIterator || kind === Kind.ownAsyncIterator) return Type.asyncIterator;
  if (kind === Kind.asyncIterable) return Type.asyncIterable;
  return isMemory(value) ? Type.memory : Type.object;
}

const AsyncFunction = (async () => {}).constructor;

/** Is it an async function of another realm? Ours have been told apart before, and functions that inherit from ours are of this realm. */
function isForeignAsync(fn: object): boolean {
  return !(fn instanceof Function) && functionKind(fn) === "async";
}

/** What the addon cannot see. A getter or a proxy that throws has nothing to tell. */
function kindOf(value: object): number {
  try {
    if (value instanceof Promise || typeof (value as { then?: unknown }).then === "function") return Kind.thenable;
    if (typeof value === "function") return value instanceof AsyncFunction || isForeignAsync(value) ? Kind.asyncFunction : 0;
    if (Array.isArray(value)) return Kind.array;
    if (typeof (value as { next?: unknown }).next === "function") return kindOfIterator(value);
    if (isSharedArrayBuffer(value)) return Kind.sharedMemory;
    if (isMappingLike(value)) return Kind.mapping;
    return isOnlyAsync(value) ? Kind.asyncIterable : 0;
  } catch {
    return 0;
  }
}

/** A stream, for one. */
function isOnlyAsync(value: { [Symbol.iterator]?: unknown; [Symbol.asyncIterator]?: unknown }): boolean {
  return typeof value[Symbol.asyncIterator] === "function" && typeof value[Symbol.iterator] !== "function";
}

function kindOfIterator(value: object): number {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = value as { [Symbol.iterator]?: unknown; [Symbol.asyncIterator]?: unknown };
  const own = environment.generators.has(value);
  if (typeof async === "function") return own ? Kind.ownAsyncIterator : Kind.asyncIterator;
  if (typeof sync === "function") return own ? Kind.ownIterator : Kind.iterator;
  return 0;
}
