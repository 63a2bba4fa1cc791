// Holds the layers of the packages and the rooms of core: node scripts/check-layers.mjs prints what breaks them.
//
// Between packages, an import goes only to what stands further right: adapter, node-shared, native, core.
// Within core, a file imports from its own folder and from floors below its own, types included; no name of one runtime appears there.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

// The rooms of core, top floor first.
const floors = [
  ["index.ts", "handoff.ts"],
  ["python"],
  ["testing"],
  ["task"],
  ["await"],
  ["run"],
  ["start"],
  ["streams"],
  ["calls"],
  ["loop"],
  ["runtime"],
  ["js-objects"],
  ["errors"],
  ["handles"],
  ["convert"],
  ["environment"],
  ["binding.ts", "errors.ts"],
  ["realms.ts"],
  ["operation.ts"],
  ["stacks.ts"],
];

// What each package's own code may import of ours.
const packages = new Map([
  ["packages/core/src", []],
  ["native/lib", ["core"]],
  ["packages/node-shared/src", ["core", "native"]],
  ["packages/node/src", ["core", "native", "node-shared"]],
  ["packages/deno/src", ["core", "native", "node-shared"]],
  ["packages/bun/src", ["core", "native", "node-shared"]],
]);

const coreFolder = "packages/core/src";
const runtimeNames = new Set(["process", "Buffer", "Deno", "Bun", "require", "global", "setImmediate", "clearImmediate", "__dirname", "__filename"]);

function* nodesOf(node, parent, key) {
  if (Array.isArray(node)) {
    for (const item of node) yield* nodesOf(item, parent, key);
  } else if (typeof node?.type === "string") {
    yield { node, parent, key };
    for (const [name, child] of Object.entries(node)) yield* nodesOf(child, node, name);
  }
}

function importIn({ node }) {
  if (node.type === "ImportExpression" || node.type === "TSImportType") return { specifier: node.source?.value, start: node.start };
  const source = node.type === "TSExternalModuleReference" ? node.expression : node.source;
  return typeof source?.value === "string" ? { specifier: source.value, start: node.start } : undefined;
}

// A name that the file declares itself is not the runtime's, wherever in the file it is used.
function isDeclaration({ node, parent, key }) {
  if (node.type !== "Identifier") return false;
  return key === "params" || key === "local" || (key === "id" && /^(Variable|Function|Class)/.test(parent.type));
}

function runtimeNameIn({ node, parent, key }) {
  if (node.type === "MemberExpression" && node.object.name === "globalThis") {
    const name = node.computed ? node.property.value : node.property.name;
    return runtimeNames.has(name) ? name : undefined;
  }
  const isLabel = (key === "property" || key === "key") && !parent.computed;
  return node.type === "Identifier" && !isLabel && runtimeNames.has(node.name) ? node.name : undefined;
}

function floorOf(path) {
  const room = path.split("/", 1)[0];
  return { room, floor: floors.findIndex((rooms) => rooms.includes(room)) };
}

function roomFault(path, target) {
  const from = floorOf(path);
  const to = floorOf(target);
  if (target.startsWith("..")) return "core imports nothing from outside its own folder";
  if (to.floor === -1) return `"${to.room}" is no room of core`;
  if (from.room === to.room || from.floor === -1 || from.floor < to.floor) return undefined;
  return `"${from.room}" must not import ${from.floor === to.floor ? "beside itself" : "back up"} into "${to.room}"`;
}

function importFault(folder, path, specifier) {
  const own = posix.relative(folder, path);
  if (specifier === undefined) return folder === coreFolder ? "an import in core must name its file" : undefined;
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(own), specifier);
    if (folder === coreFolder) return roomFault(own, target);
    return target.startsWith("..") ? `"${specifier}" leaves the package: import it by its name` : undefined;
  }
  const ours = /^@interloop\/([^/]+)/.exec(specifier)?.[1];
  if (ours !== undefined && !packages.get(folder).includes(ours)) return `${folder} must not import "${specifier}"`;
  if (folder === coreFolder) return `core must not import "${specifier}": it needs no package and no runtime`;
  return undefined;
}

/** What breaks the layers in `files`, a map of repository paths to their text. */
export function checkLayers(files) {
  const faults = [];
  for (const [path, text] of files) {
    const folder = [...packages.keys()].find((name) => path.startsWith(`${name}/`));
    if (folder === undefined) continue;
    const { program, errors } = parseSync(path, text);
    const report = (start, message) => faults.push(`${path}:${text.slice(0, start).split("\n").length}: ${message}`);
    if (errors.length > 0) report(0, errors[0].message);
    if (folder === coreFolder && floorOf(posix.relative(folder, path)).floor === -1) report(0, "the file stands in no room of core");
    const places = [...nodesOf(program)];
    const declared = new Set(places.filter(isDeclaration).map(({ node }) => node.name));
    for (const place of places) {
      const found = importIn(place);
      const fault = found && importFault(folder, path, found.specifier);
      if (fault !== undefined) report(found.start, fault);
      const name = folder === coreFolder ? runtimeNameIn(place) : undefined;
      if (name !== undefined && !declared.has(name)) report(place.node.start, `"${name}" belongs to a runtime: use the Runtime contract`);
    }
  }
  return faults;
}

function readFolder(root, folder) {
  let entries = [];
  try {
    entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  const files = entries.filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => [relative(root, file).split(sep).join("/"), readFileSync(file, "utf8")]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(process.argv[1]));
  const files = new Map([...packages.keys()].flatMap((folder) => readFolder(root, folder)));
  const faults = checkLayers(files);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exit(1);
  console.log(`Layers: ${files.size} files in order`);
}
