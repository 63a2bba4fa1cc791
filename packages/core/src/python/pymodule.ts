import { toPy } from "./convert.ts";
import { errorClass, isErrorClass } from "../errors/error-classes.ts";
import { kindOf } from "../convert/function-kind.ts";
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { ensure } from "../start/start.ts";

/**
 * Make a Python module out of JS values and put it into `sys.modules`, so that Python can import it. Async functions become real `async def` functions, which a loop on a thread of Python's own may await as well (the JS still runs on this one), other
 * functions plain ones, classes Python classes that construct when they are called and that `isinstance` and `except` know. A keyword argument goes to the parameter of its name. Other values are converted with {@link toPy}. A dotted name makes a
 * submodule, and its parents where they are missing. A module made before under the same name gets these exports in the place of its own, also where Python has imported it; where another JS thread made it, each thread sees its own.
 *
 * Mirrors PyO3's `#[pymodule]` and `#[pyfunction]`.
 *
 * @throws InterloopError `bad-argument` for a name that is not a Python module's, or that a real module has already.
 * @example
 * ```ts
 * import { pymodule, python } from "@interloop/node";
 *
 * pymodule("shop", {
 *   currency: "EUR",
 *   async price(item: string) {
 *     return item.length;
 *   },
 * });
 * python.exec(`
 * import shop
 * async def total(items):
 *     return sum([await shop.price(item) for item in items])
 * `);
 * console.log(await python.eval("total(['tea', 'milk'])")); // 7
 * ```
 */
export function pymodule(name: string, exports: Readonly<Record<string, unknown>>): PyObject {
  if (typeof name !== "string" || !/^[\p{ID_Start}_]\p{ID_Continue}*(\.[\p{ID_Start}_]\p{ID_Continue}*)*$/u.test(name)) {
    throw new InterloopError("bad-argument", `A module's name must be made of Python identifiers joined by dots, not "${String(name)}"`);
  }
  if (typeof exports !== "object" || exports === null) throw new InterloopError("bad-argument", "The exports of a module must be an object");
  ensure();
  // Python reads the names in its code in this form.
  const normal = name.normalize("NFKC");
  const module = callBridgeInContext("make_module", normal) as PyObject | null;
  if (module === null) throw new InterloopError("bad-argument", `Python has a module "${name}" already; choose another name`);
  for (const key of Object.keys(exports)) callBridgeInContext("export", module, key.normalize("NFKC"), exported(exports[key], key, normal));
  return callBridgeInContext("publish", module) as PyObject;
}

function exported(value: unknown, key: string, module: string): unknown {
  if (typeof value !== "function" || handleOf(value) !== undefined) return toPy(value);
  if (isErrorClass(value)) return callBridgeInContext("error_class", errorClass(value, key, module));
  const kind = kindOf(value);
  return kind === "class" ? callBridgeInContext("make_class", value, key, module) : callBridgeInContext("make_function", kind, value, key, module);
}
