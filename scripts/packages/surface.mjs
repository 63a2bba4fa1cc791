// The public surface of a package as text: what its entries export and what those declarations name in turn, without comments.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";

const nameOf = (node) => node.name ?? node.value;

function* namesIn(node) {
  if (Array.isArray(node)) {
    for (const item of node) yield* namesIn(item);
  } else if (typeof node?.type === "string") {
    if (node.type === "Identifier") yield node.name;
    for (const [key, child] of Object.entries(node)) if (key !== "parent") yield* namesIn(child);
  }
}

function declaredBy(node) {
  if (node.type === "VariableDeclaration") return node.declarations.map(({ id }) => id.name);
  return node.id?.name === undefined ? [] : [node.id.name];
}

// Comments are replaced by nothing and blank lines go; what is left has the compiler's own layout.
function textOf(source, comments, { start, end }) {
  let text = "";
  let from = start;
  for (const comment of comments) {
    if (comment.start < start || comment.end > end) continue;
    text += source.slice(from, comment.start);
    from = comment.end;
  }
  const lines = (text + source.slice(from, end)).split("\n").map((line) => line.trimEnd());
  return lines.filter((line) => line !== "").join("\n");
}

const modules = new Map();

/** A declaration file: { declarations: name -> nodes, imports and exports: name -> { from, name }, stars }. */
function load(file) {
  const known = modules.get(file);
  if (known !== undefined) return known;
  const source = readFileSync(file, "utf8");
  const { program, comments, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const module = { source, comments, declarations: new Map(), imports: new Map(), exports: new Map(), stars: [] };
  modules.set(file, module);
  const declare = (node) => {
    for (const name of declaredBy(node)) module.declarations.set(name, [...(module.declarations.get(name) ?? []), node]);
    return declaredBy(node);
  };
  for (const node of program.body) {
    const from = node.source?.value;
    if (node.type === "ImportDeclaration") {
      for (const { type, local, imported } of node.specifiers) {
        module.imports.set(local.name, { from, name: type === "ImportSpecifier" ? nameOf(imported) : type === "ImportNamespaceSpecifier" ? "*" : "default" });
      }
    } else if (node.type === "ExportAllDeclaration") {
      if (node.exported === null) module.stars.push(from);
      else module.exports.set(nameOf(node.exported), { from, name: "*" });
    } else if (node.type === "ExportNamedDeclaration") {
      if (node.declaration) for (const name of declare(node.declaration)) module.exports.set(name, { name });
      for (const { local, exported } of node.specifiers) module.exports.set(nameOf(exported), { from, name: nameOf(local) });
    } else if (node.type === "ExportDefaultDeclaration") {
      throw new Error(`${file}: default exports are not foreseen`);
    } else declare(node);
  }
  return module;
}

const beside = (file, specifier) => join(dirname(file), specifier.replace(/(\.d)?\.[jt]s$/, ".d.ts"));
const isOurs = (specifier) => specifier.startsWith(".");

/** Where a name of a module is declared: { file, name }, or { external } when another package has it. */
function follow(file, name) {
  const module = load(file);
  const link = module.exports.get(name) ?? module.imports.get(name);
  if (link?.from === undefined) return { file, name: link?.name ?? name };
  if (!isOurs(link.from)) return { external: `${link.name} from "${link.from}"` };
  if (link.name === "*") return { file: beside(file, link.from), name: "*" };
  return follow(beside(file, link.from), link.name);
}

function exportsOf(file) {
  const { exports, stars } = load(file);
  const found = [...exports.keys()].map((name) => [name, follow(file, name)]);
  for (const star of stars) {
    if (isOurs(star)) found.push(...exportsOf(beside(file, star)));
    else found.push(["*", { external: `* from "${star}"` }]);
  }
  return found;
}

/** The text of one entry: its exports in alphabetical order, then what they name besides. */
export function surfaceOf(entry) {
  const printed = new Map();
  const lines = [];
  const visit = ({ file, name }, exported) => {
    const key = `${file}\0${name}`;
    if (printed.has(key)) return;
    const { declarations, imports, source, comments } = load(file);
    const nodes = declarations.get(name);
    if (nodes === undefined) throw new Error(`${file} does not declare "${name}"`);
    const texts = nodes.map((node) => `${exported ? "export " : ""}${textOf(source, comments, node)}`);
    printed.set(key, { name, exported, text: texts.join("\n") });
    for (const other of new Set(namesIn(nodes))) {
      if (other !== name && (declarations.has(other) || imports.has(other))) {
        const place = follow(file, other);
        if (place.external === undefined) visit(place, isExported(place));
      }
    }
  };
  const found = exportsOf(entry);
  const exportedKeys = new Set(found.filter(([, place]) => place.file !== undefined).map(([, { file, name }]) => `${file}\0${name}`));
  const isExported = ({ file, name }) => exportedKeys.has(`${file}\0${name}`);
  for (const [name, place] of found) {
    if (place.external !== undefined) lines.push(name === "*" ? `export ${place.external}` : `export { ${place.external} } as ${name}`);
    else if (place.name === "*") lines.push(`export * as ${name}`);
    else {
      if (name !== place.name) lines.push(`export { ${place.name} as ${name} }`);
      visit(place, true);
    }
  }
  const byName = (a, b) => Number(b.exported) - Number(a.exported) || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.text < b.text ? -1 : 1);
  return [...lines.sort(), ...[...printed.values()].sort(byName).map(({ text }) => text)].join("\n\n");
}
