/** What a JS object, function or symbol is to Python. */
import { Kind, Register } from "../binding.ts";
import { InterloopError, isPyError } from "../errors.ts";
import { isKwargs } from "./kwargs.ts";
import { environment, registers } from "./link.ts";
import { handleOf, live } from "./refs.ts";

/** Positive: the Ref of the Python object that it stands for. Negative: the negated JsId under which it is kept now. */
export function identify(value: object | symbol): number {
  if (typeof value === "symbol") return -environment.values.keep(value);
  const handle = handleOf(value);
  if (handle !== undefined) return live(handle);
  if (isPyError(value)) {
    const exception = handleOf(value.value);
    if (exception !== undefined) return live(exception);
  }
  if (isKwargs(value)) {
    throw new InterloopError("bad-argument", "kwargs() must be the last argument of a call to a Python object");
  }
  // Written also when it is 0: a getter of the value may have run Python, which identified other values meanwhile.
  registers[Register.kind] = kindOf(value);
  return -environment.values.keep(value);
}

const AsyncFunction = (async () => {}).constructor;

/** What the addon cannot see. A getter or a proxy that throws has nothing to tell. */
function kindOf(value: object): number {
  try {
    if (value instanceof Promise || typeof (value as { then?: unknown }).then === "function") return Kind.thenable;
    if (typeof value === "function") return value instanceof AsyncFunction ? Kind.asyncFunction : 0;
    return value instanceof SharedArrayBuffer ? Kind.sharedMemory : 0;
  } catch {
    return 0;
  }
}
