import { InterloopError } from "../errors.ts";

const KWARGS: unique symbol = Symbol.for("interloop.kwargs") as never;

/** Python keyword arguments, made by {@link kwargs}. */
export class Kwargs {
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
export function kwargs(named: Readonly<Record<string, unknown>>): Kwargs {
  if (typeof named !== "object" || named === null) {
    throw new InterloopError(
      "bad-argument",
      `kwargs takes an object whose properties are the keyword arguments, not ${named === null ? "null" : typeof named}`,
    );
  }
  const names = Object.keys(named);
  return new Kwargs(
    names,
    names.map((name) => named[name]),
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
