/** What kind of thing a JS value is to Python's protocols, and how it is named in messages. */
import { isError, isMap, isPlainPrototype, isSet } from "../realms.ts";

export type Indexable = Record<PropertyKey, unknown>;

/** What has items by number: arrays and typed arrays. */
export interface Sequence extends Indexable {
  readonly length: number;
  includes(value: unknown): boolean;
}

export function isSequence(target: object): target is Sequence {
  return Array.isArray(target) || (ArrayBuffer.isView(target) && "length" in target);
}

/** A record of its own properties. */
export function isPlain(target: object): boolean {
  return typeof target === "object" && isPlainPrototype(Object.getPrototypeOf(target));
}

/** A JS value for `repr`, without running the program's code where that can be avoided. */
export function describe(target: unknown): string {
  try {
    if (typeof target === "symbol") return `<JS ${String(target)}>`;
    if (typeof target === "function") {
      const kind = Function.prototype.toString.call(target).startsWith("class") ? "class" : "function";
      return `<JS ${kind} ${target.name === "" ? "(anonymous)" : target.name}>`;
    }
    if (isError(target)) return `<JS ${target.name}: ${target.message}>`;
    const name = constructorName(target as object);
    if (isSequence(target as object)) return `<JS ${name}(${(target as Sequence).length})>`;
    if (isMap(target) || isSet(target)) return `<JS ${name}(${target.size})>`;
    if (isPlain(target as object)) {
      const keys = Object.keys(target as object);
      return `<JS ${name} {${keys.slice(0, 8).join(", ")}${keys.length > 8 ? ", …" : ""}}>`;
    }
    return `<JS ${name}>`;
  } catch {
    return "<JS object>";
  }
}

function constructorName(target: object): string {
  const make = (target as { constructor?: unknown }).constructor;
  return typeof make === "function" && make.name !== "" ? make.name : "object";
}
