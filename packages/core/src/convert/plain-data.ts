/** Which JS values are plain data. An Array, plain object, Map, Set or Date is, of this realm or another; an instance of a class of the program's is not. */
import { InterloopError } from "../errors.ts";
import { isMap, isOfEngine, isPlainPrototype } from "../realms.ts";

/** What kind of plain data a value is. */
export type PlainKind = "array" | "object" | "map" | "set" | "date";

const { getPrototypeOf, hasOwn, getOwnPropertySymbols } = Object;
const ObjectPrototype = Object.prototype;

const KINDS: ReadonlyMap<unknown, PlainKind> = new Map<unknown, PlainKind>([
  [Array.prototype, "array"],
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  [Date.prototype, "date"],
]);

/** The kind, or undefined for what is no plain data. May run a Proxy's traps, and throws what they throw. */
export function plainKind(value: object): PlainKind | undefined {
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === ObjectPrototype || prototype === null) return isBehaviour(value) ? undefined : "object";
  const kind = KINDS.get(prototype) ?? foreignKind(prototype as object);
  switch (kind) {
    case undefined:
      return undefined;
    case "object":
      return isBehaviour(value) ? undefined : kind;
    default:
      return hasSlots(value, kind) ? kind : undefined;
  }
}

/** Is it more than its properties? A tag or a method under a symbol says so: an iterable, `Math`, the namespace of a module. Methods with names are found when the properties are read. */
function isBehaviour(value: object): boolean {
  const symbols = getOwnPropertySymbols(value);
  if (symbols.length === 0) return false;
  return symbols.some((symbol) => symbol === Symbol.toStringTag || typeof (value as Record<symbol, unknown>)[symbol] === "function");
}

/** Of the prototype of another realm: a name and the engine's own code tell whose it is. */
function foreignKind(prototype: object): PlainKind | undefined {
  const root = getPrototypeOf(prototype) as object | null;
  // The prototypes of another realm inherit from that realm's own Object.prototype, which inherits from nothing.
  if (root === ObjectPrototype || (root !== null && getPrototypeOf(root) !== null)) return undefined;
  if (root === null) return isConstructorOf(prototype, "Object") ? "object" : undefined;
  if (!isConstructorOf(root, "Object")) return undefined;
  for (const [name, kind] of FOREIGN) if (isConstructorOf(prototype, name)) return kind;
  return undefined;
}

const FOREIGN: readonly (readonly [string, PlainKind])[] = [
  ["Array", "array"],
  ["Map", "map"],
  ["Set", "set"],
  ["Date", "date"],
];

function isConstructorOf(prototype: object, name: string): boolean {
  if (!hasOwn(prototype, "constructor")) return false;
  const make = (prototype as { constructor?: unknown }).constructor;
  return typeof make === "function" && make.name === name && isOfEngine(make);
}

const sizeOf = {
  map: Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get!,
  set: Object.getOwnPropertyDescriptor(Set.prototype, "size")!.get!,
  date: Date.prototype.getTime,
};

/** Is it one in truth? A Proxy of a Map is none, nor is what merely inherits. */
function hasSlots(value: object, kind: Exclude<PlainKind, "object">): boolean {
  if (kind === "array") return Array.isArray(value);
  try {
    sizeOf[kind].call(value);
    return true;
  } catch {
    return false;
  }
}

/** Longer arrays are looked at before they are copied. */
const LONG = 2 ** 22;
const SAMPLES = 1000;

/** Throws for an Array like `a[4e9] = 1`, which has a length and hardly any items: its copy would take minutes and all memory. */
export function refuseSparse(array: readonly unknown[]): void {
  const { length } = array;
  if (length <= LONG) return;
  let holes = 0;
  for (let index = 0; index < SAMPLES; index++) if (!(Math.floor((length / SAMPLES) * index) in array)) holes++;
  if (holes < SAMPLES / 2) return;
  throw new InterloopError(
    "not-convertible",
    `This Array has a length of ${length} and hardly any items: hand over an object or a Map of its items, or python.ref(array)`,
  );
}

/** Does Python see a mapping in it, when it is handed over by reference? */
export function isMappingLike(value: object): boolean {
  const prototype: unknown = getPrototypeOf(value);
  if (isMap(value)) return true;
  return typeof value === "object" && isPlainPrototype(prototype) && !hasOwn(value, Symbol.toStringTag);
}
