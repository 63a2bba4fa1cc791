/** What a JS object, function or symbol is to Python. */
import { InterloopError, isPyError } from "../errors.ts";
import { Kwargs, isKwargs } from "./kwargs.ts";
import { environment } from "./link.ts";
import { handleOf, live } from "./refs.ts";

/** Positive: the Ref of the Python object that it stands for. Negative: the negated JsId under which it is kept now. */
export function identify(value: object | symbol): number {
  if (typeof value === "symbol") return -environment.values.keep(value);
  const handle = handleOf(value);
  if (handle !== undefined) return live(handle);
  if (value instanceof Error && isPyError(value)) {
    const exception = handleOf(value.value);
    if (exception !== undefined) return live(exception);
  }
  if (value instanceof Kwargs || isKwargs(value)) {
    throw new InterloopError("bad-argument", "kwargs() must be the last argument of a call to a Python object");
  }
  return -environment.values.keep(value);
}
