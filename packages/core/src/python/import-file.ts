/** Python files that JavaScript imports by their place. */
import { describe } from "../environment/refs.ts";
import { InterloopError } from "../errors.ts";
import { ask } from "./ask.ts";

export function importFile(meta: { readonly url: string }, file: string): unknown {
  if (typeof file !== "string" || file === "") throw new InterloopError("bad-argument", "python.importFile takes import.meta and the path of a Python file");
  const base = (meta as { readonly url?: unknown } | undefined)?.url;
  if (typeof base !== "string") throw new InterloopError("bad-argument", `python.importFile takes import.meta, which has a URL, not ${describe(meta)}`);
  let url: URL;
  try {
    url = new URL(file, base);
  } catch {
    throw new InterloopError("bad-argument", `"${file}" is no path that can be taken from "${base}"`);
  }
  if (url.protocol !== "file:") throw new InterloopError("bad-argument", `python.importFile takes a file, not "${url.href}": download it first`);
  return ask("import_file", url.href);
}
