/** Python expressions over values of JS. */
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import { describe } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { ensure } from "../start/start.ts";

/** The part of {@link Python} that evaluates expressions. */
export interface PythonExpressions {
  /**
   * The value of a Python expression in which the properties of `names` are variables: what Python says with operators, comparisons, slices and comprehensions. Compiled once for each text, so it is as cheap as a
   * call. Other names are looked up in `__main__`. Unlike {@link Python.eval} it sees the variables inside of lambdas and comprehensions as well.
   *
   * @throws InterloopError `bad-argument` for a name that no Python variable has; PyError for what Python raises, SyntaxError among them.
   * @example
   * ```ts
   * import { python } from "@interloop/node";
   *
   * const np = python.import("numpy");
   * const a = np.array([1, 2, 3, 4]);
   * console.log(`${python.expr("a[a > limit] * 2", { a, limit: 2 })}`); // [6 8]
   * ```
   */
  expr<T = any>(code: string, names?: Readonly<Record<string, unknown>>): T;
}

export function expr<T>(code: string, names: Readonly<Record<string, unknown>> = {}): T {
  if (typeof code !== "string") throw new InterloopError("bad-argument", `python.expr takes the text of an expression, not ${describe(code)}`);
  if (typeof names !== "object" || names === null)
    throw new InterloopError("bad-argument", `The variables of python.expr must be an object, not ${describe(names)}`);
  const variables = Object.keys(names);
  for (const name of variables)
    if (name === "" || /\s/.test(name)) throw new InterloopError("bad-argument", `"${name}" cannot be the name of a Python variable`);
  ensure();
  return callBridgeInContext("expression", code, variables.join(" "), ...Object.values(names)) as T;
}
