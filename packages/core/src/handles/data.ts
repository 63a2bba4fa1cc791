/**
 * Handles as data: what `JSON.stringify`, spread, `Object.entries` and numeric keys find in them.
 *
 * Python's attributes come first. Where there is no attribute, a handle of a mapping shows its items by name, and one of a sequence by position.
 */
import { dataMethod } from "./data-methods.ts";
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import { isReporting } from "./test-reports.ts";
import { isInterloopError } from "../errors.ts";
import type { PyObject } from "../environment/py-object.ts";
import { asValue } from "../environment/refs.ts";
import { convertForJson } from "../convert/to-js.ts";

/** Is this the text of an integer, and so the name of an item? */
export function namesItem(key: string): boolean {
  // Names of attributes begin with letters and underscores, which all come after the digits.
  const first = key.charCodeAt(0);
  return first <= 57 && (first >= 48 || first === 45) && /^-?\d{1,15}$/.test(key);
}

/** `object[Number(key)]`, or undefined. */
export function itemAt(proxy: PyObject, key: string): unknown {
  return orUndefined(callBridgeInContext("item_at", proxy, key, MISSING));
}

/** `object[Number(key)] = value`. */
export function setItemAt(proxy: PyObject, key: string, value: unknown): void {
  callBridgeInContext("set_item_at", proxy, key, value);
}

/** What a handle answers for a name that is no attribute. */
export function missingAttribute(proxy: PyObject, key: string): unknown {
  if (key === "toJSON") return methods["toJSON"]; // also of a mapping with this key, which is data like any other in JSON
  const found = orUndefined(callBridgeInContext("fallback_of", proxy, key, MISSING));
  if (found !== undefined) return found;
  return Object.hasOwn(methods, key) ? methods[key] : dataMethod(proxy, key);
}

/** `object.key = value` of what items can be put into: an item of a mapping or table, unless Python has an attribute of that name. */
export function setNamed(proxy: PyObject, key: string, value: unknown): void {
  callBridgeInContext("set_named", proxy, key, value);
}

/** `delete object.key`, likewise. */
export function deleteNamed(proxy: PyObject, key: string): void {
  callBridgeInContext("delete_named", proxy, key);
}

/** Does the handle show an item under this name? */
export function hasItem(proxy: PyObject, key: string): boolean {
  return callBridgeInContext("has_item", proxy, key) as boolean;
}

/** The names of a handle's own properties, those that are data first. Throws `not-convertible` for what has no data that properties could show. */
export function ownKeysOf(proxy: PyObject): string[] {
  let names: number | string[];
  try {
    names = JSON.parse(callBridgeInContext("own_keys", proxy) as string) as number | string[];
  } catch (error) {
    if (isInterloopError(error) && isReporting()) return [];
    throw error;
  }
  return typeof names === "number" ? Array.from({ length: names }, (_, index) => String(index)) : names;
}

/** The descriptor of a property, if there is one. Only data is read: an attribute that is none may be a property whose code has effects. */
export function descriptorOf(proxy: PyObject, key: string): PropertyDescriptor | undefined {
  switch (callBridgeInContext("own_kind", proxy, key)) {
    case 0:
      return undefined;
    case 2:
      return { value: proxy[key] as unknown, writable: true, enumerable: true, configurable: true };
    default:
      return { get: () => proxy[key] as unknown, set: (value: unknown) => void (proxy[key] = value), enumerable: false, configurable: true };
  }
}

// What JS calls on any value.
const methods: Readonly<Record<string, (this: PyObject) => unknown>> = {
  toJSON() {
    return convertForJson(this);
  },
  toString() {
    return callBridgeInContext("str_", this);
  },
  toLocaleString() {
    return callBridgeInContext("str_", this);
  },
  valueOf() {
    return this;
  },
};

/** What Python answers when there is no such item: `None` may be one. */
const MISSING: unique symbol = Symbol("missing");

function orUndefined(value: unknown): unknown {
  return value === MISSING ? undefined : asValue(value);
}
