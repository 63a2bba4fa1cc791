/** What a function is to Python: a coroutine function, what constructs, or neither. */
export type FunctionKind = "async" | "class" | "plain";

/** Tell what kind of function this is. A plain function may return a promise all the same. */
export function kindOf(fn: object): FunctionKind {
  if (Object.prototype.toString.call(fn) === "[object AsyncFunction]") return "async";
  return Function.prototype.toString.call(fn).startsWith("class") ? "class" : "plain";
}
