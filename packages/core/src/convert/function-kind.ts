/** What a function is to Python: a coroutine function, a generator function, what constructs, or none of these. */
export type FunctionKind = "async" | "generator" | "async generator" | "class" | "plain";

const TAGS: Readonly<Record<string, FunctionKind>> = {
  "[object AsyncFunction]": "async",
  "[object GeneratorFunction]": "generator",
  "[object AsyncGeneratorFunction]": "async generator",
};

/** Tell what kind of function this is. A plain function may return a promise all the same. */
export function kindOf(fn: object): FunctionKind {
  const kind = TAGS[Object.prototype.toString.call(fn)];
  if (kind !== undefined) return kind;
  return Function.prototype.toString.call(fn).startsWith("class") ? "class" : "plain";
}
