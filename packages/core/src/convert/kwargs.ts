import { InterloopError } from "../errors.ts";

const KWARGS: unique symbol = Symbol.for("interloop.kwargs") as never;

/** Python keyword arguments, made by {@link kwargs}. `T` has their names and types: a parameter of the type `Kwargs<{ indent?: number }>` takes no other names. */
export class Kwargs<out T extends object = Readonly<Record<string, unknown>>, out Names = keyof T> {
  /** Exists in types only. */
  declare readonly _arguments?: T;
  /** Exists in types only: without it, a name that the function does not have would be allowed beside one that it has. */
  declare readonly _argumentNames?: Names;
  /** @internal */
  readonly _names: readonly string[];
  /** @internal */
  readonly _values: readonly unknown[];

  constructor(names: readonly string[], values: readonly unknown[]) {
    this._names = names;
    this._values = values;
  }
}

Object.defineProperty(Kwargs.prototype, KWARGS, { value: true });

/**
 * Keyword arguments for a Python call: the last argument, where it is one.
 *
 * @throws InterloopError `bad-argument` when `named` is not an object.
 * @example
 * ```ts
 * import { kwargs, python } from "@interloop/node";
 *
 * const json = python.import("json");
 * const text = json.dumps(python.toPy([1, 2]), kwargs({ indent: 1 }));
 * console.log(text);
 * ```
 */
export function kwargs<const T extends object>(named: T): Kwargs<T> {
  if (typeof named !== "object" || named === null) {
    throw new InterloopError(
      "bad-argument",
      `kwargs takes an object whose properties are the keyword arguments, not ${named === null ? "null" : typeof named}`,
    );
  }
  const names = Object.keys(named);
  return new Kwargs<T>(
    names,
    names.map((name) => (named as Readonly<Record<string, unknown>>)[name]),
  );
}

/** Is this object made by {@link kwargs}, of whichever copy of this package? */
export function isKwargs(value: object): value is Kwargs {
  try {
    return (value as Record<symbol, unknown>)[KWARGS] === true;
  } catch {
    return false; // A revoked or hostile proxy.
  }
}
