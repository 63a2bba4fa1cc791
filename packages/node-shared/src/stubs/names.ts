/** Which names of JavaScript can be written in Python. */
const words =
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(
    " ",
  );
const reserved = new Set(words);

/** Can Python code say this name? Names with `$` and Python's keywords need `getattr`. */
export function isName(name: string): boolean {
  return /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name) && !reserved.has(name);
}
