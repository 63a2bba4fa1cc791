/**
 * The methods that JS has for arrays, texts and numbers, on handles that stand for one. Python's attributes come first: `index`, `count`, `split` are those of Python.
 *
 * Methods that would change the array are not among them. They are JS's own, called with a copy for `this`; the items stay handles.
 */
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";

type Method = (this: PyObject, ...args: unknown[]) => unknown;

const ARRAY_METHODS = [
  "at",
  "concat",
  "entries",
  "every",
  "filter",
  "find",
  "findIndex",
  "findLast",
  "findLastIndex",
  "flat",
  "flatMap",
  "forEach",
  "includes",
  "indexOf",
  "join",
  "keys",
  "lastIndexOf",
  "map",
  "reduce",
  "reduceRight",
  "slice",
  "some",
  "toReversed",
  "toSorted",
  "toSpliced",
  "values",
  "with",
];

const TEXT_METHODS = [
  "at",
  "charAt",
  "charCodeAt",
  "codePointAt",
  "concat",
  "endsWith",
  "includes",
  "indexOf",
  "lastIndexOf",
  "localeCompare",
  "match",
  "matchAll",
  "normalize",
  "padEnd",
  "padStart",
  "repeat",
  "replace",
  "replaceAll",
  "search",
  "slice",
  "split",
  "startsWith",
  "substring",
  "toLowerCase",
  "toUpperCase",
  "trim",
  "trimEnd",
  "trimStart",
];

const NUMBER_METHODS = ["toExponential", "toFixed", "toPrecision"];

function methodsOf(prototype: object, names: readonly string[], plain: (handle: PyObject) => unknown): Map<string, Method> {
  const methods = new Map<string, Method>();
  for (const name of names) {
    const method = (prototype as Readonly<Record<string, unknown>>)[name];
    if (typeof method !== "function") continue; // a younger one than this engine
    const { [name]: named } = {
      [name](this: PyObject, ...args: unknown[]): unknown {
        return Reflect.apply(method, plain(this), args) as unknown;
      },
    };
    methods.set(name, named!);
  }
  return methods;
}

const METHODS: Readonly<Record<string, ReadonlyMap<string, Method>>> = {
  sequence: methodsOf(Array.prototype, ARRAY_METHODS, (handle) => Array.from(handle as Iterable<unknown>)),
  text: methodsOf(String.prototype, TEXT_METHODS, (handle) => callBridgeInContext("text_of", handle)),
  number: methodsOf(Number.prototype, NUMBER_METHODS, (handle) => Number(handle)),
};

const NAMES: ReadonlySet<string> = new Set(["length", ...Object.values(METHODS).flatMap((methods) => [...methods.keys()])]);

/** The method of this name for what the handle stands for, where JS has one; of a text also its length. */
export function dataMethod(proxy: PyObject, name: string): unknown {
  if (!NAMES.has(name)) return undefined;
  const kind = callBridgeInContext("data_kind", proxy) as string | null;
  if (kind === null) return undefined;
  if (name === "length") return kind === "text" ? (callBridgeInContext("text_of", proxy) as string).length : undefined;
  return METHODS[kind]!.get(name);
}
