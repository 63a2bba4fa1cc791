/**
 * Objects of the engine's own classes, of whichever realm: a vm context, as test runners use them, and a frame have classes of their own, of which `instanceof` here knows nothing.
 *
 * The common answer comes first and costs what `instanceof` costs. Objects of other realms are known by what no program can give an object of its own: internal slots.
 */

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get!;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, "size")!.get!;
const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")!.get!;
const sharedByteLength =
  typeof SharedArrayBuffer === "function" ? Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, "byteLength")!.get! : byteLength;
const { getTime } = Date.prototype;
const { toString } = Object.prototype;
const { getPrototypeOf, hasOwn } = Object;
const { isError: isEngineError } = Error as { isError?: (value: unknown) => boolean };

function answers(method: () => unknown, value: unknown): boolean {
  try {
    Reflect.apply(method, value, []);
    return true;
  } catch {
    return false;
  }
}

/** Whether the tag of an object says so. A hostile proxy says nothing. */
function isTagged(value: unknown, tag: string): boolean {
  try {
    return typeof value === "object" && value !== null && toString.call(value) === tag;
  } catch {
    return false;
  }
}

function inherits(value: unknown, type: new (...args: never[]) => unknown): boolean {
  try {
    return value instanceof type;
  } catch {
    return false; // A revoked or hostile proxy.
  }
}

/** Is it a Map, of whichever realm? */
export function isMap(value: unknown): value is Map<unknown, unknown> {
  return inherits(value, Map) || (isTagged(value, "[object Map]") && answers(mapSize, value));
}

/** Is it a Set, of whichever realm? */
export function isSet(value: unknown): value is Set<unknown> {
  return inherits(value, Set) || (isTagged(value, "[object Set]") && answers(setSize, value));
}

/** Is it a Date, of whichever realm? */
export function isDate(value: unknown): value is Date {
  return inherits(value, Date) || (isTagged(value, "[object Date]") && answers(getTime, value));
}

/** Is it an ArrayBuffer, of whichever realm, and not a SharedArrayBuffer? */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return inherits(value, ArrayBuffer) || (isTagged(value, "[object ArrayBuffer]") && answers(byteLength, value));
}

/** Is it a SharedArrayBuffer, of whichever realm? */
export function isSharedArrayBuffer(value: unknown): value is SharedArrayBuffer {
  if (typeof SharedArrayBuffer !== "function") return false;
  return inherits(value, SharedArrayBuffer) || (isTagged(value, "[object SharedArrayBuffer]") && answers(sharedByteLength, value));
}

/** Is it an Error, of whichever realm? */
export function isError(value: unknown): value is Error {
  if (inherits(value, Error)) return true;
  // A DOMException of another realm has a tag of its own. A tag alone can be anybody's, but what says that it is an error has a message at least.
  if (typeof value !== "object" || value === null || getPrototypeOfSafely(value) === Object.prototype) return false;
  if (isEngineError !== undefined) return isEngineError(value);
  return (isTagged(value, "[object Error]") || isTagged(value, "[object DOMException]")) && typeof (value as { message?: unknown }).message === "string";
}

/** Is it a TypeError, of whichever realm? */
export function isTypeError(value: unknown): value is TypeError {
  return inherits(value, TypeError) || (isError(value) && value.name === "TypeError");
}

/** Is it a promise of the engine's, of whichever realm, and not any other thenable? */
export function isPromise(value: unknown): value is Promise<unknown> {
  return inherits(value, Promise) || isTagged(value, "[object Promise]");
}

/** Is it the prototype of what `{}` makes, of whichever realm, or none? */
export function isPlainPrototype(prototype: unknown): boolean {
  if (prototype === Object.prototype || prototype === null) return true;
  if (typeof prototype !== "object" || !hasOwn(prototype, "constructor") || getPrototypeOf(prototype) !== null) return false;
  const make = (prototype as { constructor?: unknown }).constructor;
  return typeof make === "function" && make.name === "Object" && isOfEngine(make);
}

/** Do instances with this prototype inherit from Error, of whichever realm? */
export function isErrorPrototype(prototype: unknown): boolean {
  if (typeof prototype !== "object" || prototype === null) return false;
  if (prototype === Error.prototype || inherits(prototype, Error)) return true;
  for (let each: unknown = prototype; typeof each === "object" && each !== null; each = getPrototypeOf(each)) {
    const make: unknown = hasOwn(each, "constructor") ? (each as { constructor: unknown }).constructor : undefined;
    if (typeof make === "function" && make.name === "Error" && isOfEngine(make)) return true;
  }
  return false;
}

/** Is it one of the engine's own functions? */
export function isOfEngine(fn: unknown): boolean {
  return typeof fn === "function" && /\{\s*\[native code\]/.test(Function.prototype.toString.call(fn));
}

function getPrototypeOfSafely(value: object): unknown {
  try {
    return getPrototypeOf(value);
  } catch {
    return undefined;
  }
}
