import { InterloopError, isPyError } from "../errors.ts";
import { dataKind } from "./data-writer.ts";

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

/** What Python says where it got a dict and wanted something else, or too many arguments. */
const UNWANTED =
  /positional argument|keyword argument|takes (?:no|at most|at least|exactly|from|\d+) |missing \d+ required|expected (?:at most |at least |exactly )?\d+ arguments?, got|(?:not|got|of type|from) '?dict'?/;

/** The error of a call, which says so when the last argument is a plain object that was perhaps meant as keyword arguments. */
export function withKeywordHint(error: unknown, args: readonly unknown[]): unknown {
  const last = args[args.length - 1];
  if (typeof last !== "object" || last === null || !isPyError(error) || error.name !== "TypeError") return error;
  if (dataKind(last) !== "object" || !UNWANTED.test(error.message) || error.message.includes("kwargs(")) return error;
  const names = Object.keys(last);
  const shown = names.slice(0, 4).join(", ") + (names.length > 4 ? ", …" : "");
  error.message += `; the last argument is a plain object, which becomes a dict: for keyword arguments use kwargs({ ${shown} })`;
  return error;
}
