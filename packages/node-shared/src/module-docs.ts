import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const COMMENT = String.raw`/\*\*((?:[^*]|\*(?!/))*)\*/\s*`;
const DECLARATION = String.raw`export\s+(default\s+)?(?:(?:abstract|async)\s+)?(?:function\*?|class|const|let|var)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)`;
const documented = new RegExp(COMMENT + DECLARATION, "gu");
const first = new RegExp(`^(?:#!.*\\n)?\\s*${COMMENT}(?!export\\b)`, "u");

/** The JSDoc comments of what a source file exports by a declaration, by name; "" is the file's own. Nothing of a package, and of what is no file. */
export function docsOf(url: string): Readonly<Record<string, string>> {
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return {};
  let source: string;
  try {
    source = readFileSync(fileURLToPath(url), "utf8");
  } catch {
    return {};
  }
  const docs: Record<string, string> = {};
  const own = first.exec(source)?.[1];
  if (own !== undefined) docs[""] = textOf(own);
  for (const [, comment = "", isDefault, name = ""] of source.matchAll(documented)) docs[isDefault === undefined ? name : "default"] = textOf(comment);
  return docs;
}

/** A comment without its stars. */
export function textOf(comment: string): string {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  return lines.join("\n").trim();
}
