// Which exports of a package lack documentation: every export has a TSDoc comment, and every value is shown in an example, its own or another's.
import { readFileSync } from "node:fs";
import { posix, join } from "node:path";
import { parseSync } from "oxc-parser";
import { root } from "../node-binary.mjs";

const cache = new Map();

function parsed(file) {
  if (!cache.has(file)) {
    const text = readFileSync(join(root, file), "utf8");
    const { program, comments } = parseSync(file, text);
    cache.set(file, { text, program, comments });
  }
  return cache.get(file);
}

/** The TSDoc comment that stands right before an offset; only other comments may lie between. */
function docBefore({ text, comments }, offset) {
  let end = offset;
  for (const comment of comments.filter((candidate) => candidate.end <= offset).reverse()) {
    if (text.slice(comment.end, end).trim() !== "") return undefined;
    if (comment.type === "Block" && comment.value.startsWith("*")) return comment.value;
    end = comment.start;
  }
  return undefined;
}

const nameOf = (node) => node?.name ?? node?.value;

function declares(declaration, name) {
  if (declaration?.type === "VariableDeclaration") return declaration.declarations.some(({ id }) => id.name === name);
  return nameOf(declaration?.id) === name;
}

/** Where `name` of `file` is declared: { file, node, declaration }; undefined when that is outside of the package. */
function resolve(file, name) {
  const { program } = parsed(file);
  const follow = (source, imported) => (source.startsWith(".") ? resolve(posix.join(posix.dirname(file), source), imported) : undefined);
  for (const node of program.body) {
    if (node.type === "ExportAllDeclaration") {
      const found = node.exported === null && node.source.value.startsWith(".") ? follow(node.source.value, name) : undefined;
      if (found !== undefined) return found;
    }
    if (node.type !== "ExportNamedDeclaration") continue;
    if (declares(node.declaration, name)) return { file, node, declaration: node.declaration };
    const specifier = node.specifiers.find(({ exported }) => nameOf(exported) === name);
    if (specifier !== undefined && node.source) return follow(node.source.value, nameOf(specifier.local));
  }
  return undefined;
}

function* exportsOf(file) {
  for (const node of parsed(file).program.body) {
    if (node.type === "ExportAllDeclaration" && node.source.value.startsWith(".")) yield* exportsOf(posix.join(posix.dirname(file), node.source.value));
    if (node.type !== "ExportNamedDeclaration") continue;
    const { declaration, exportKind } = node;
    for (const { exported, exportKind: kind } of node.specifiers) yield { name: nameOf(exported), typeOnly: exportKind === "type" || kind === "type" };
    if (declaration?.type === "VariableDeclaration") yield* declaration.declarations.map(({ id }) => ({ name: id.name, typeOnly: false }));
    else if (declaration?.id) yield { name: declaration.id.name, typeOnly: false };
  }
}

const isType = ({ type }) => type === "TSInterfaceDeclaration" || type === "TSTypeAliasDeclaration";
/** What lacks documentation among the exports of the entry `file`, in words. `examples` are the codes of all examples. */
export function undocumented(file, examples) {
  const faults = [];
  for (const { name, typeOnly } of exportsOf(file)) {
    const place = resolve(file, name);
    if (place === undefined) continue;
    const source = parsed(place.file);
    const at = `${place.file}:${source.text.slice(0, place.node.start).split("\n").length}`;
    const doc = docBefore(source, place.node.start);
    if (doc === undefined) faults.push(`${at}: "${name}" has no TSDoc comment`);
    const own = doc?.includes("```ts") ?? false;
    const shown = own || typeOnly || isType(place.declaration) || examples.some((code) => new RegExp(`^import [^;]*\\b${name}\\b`, "m").test(code));
    if (!shown) faults.push(`${at}: "${name}" is shown in no example`);
  }
  return faults;
}
