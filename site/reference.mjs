// The reference: what the packages export (the declarations of api.txt, the comments of the sources), the Python package's API and the usage of the commands.
// TypeDoc does not run here: with TypeScript 7 not at all, and with 6 its 0.28 throws at a template literal type that is looked up in a mapped one.
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path) => readFileSync(join(root, path), "utf8");

/** The text of a TSDoc comment as Markdown. */
function textOf(comment) {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\*? ?/, ""));
  const text = lines.join("\n").trim();
  return text
    .replaceAll(/^@example\s*$/gm, "")
    .replaceAll(/^@returns\s+/gm, "Returns: ")
    .replaceAll(/^@param\s+(\w+)\s+-?\s*/gm, "- `$1`: ")
    .replaceAll(/^@(\w+)\s*/gm, "*$1:* ")
    .replaceAll(/^```ts (?:program|no-run)$/gm, "```ts")
    .replaceAll(/\{@link (\w+)\}/g, "`$1`")
    .trim();
}

function namesOf(declaration) {
  if (declaration?.type === "VariableDeclaration") return declaration.declarations.map(({ id }) => id.name);
  return declaration?.id?.name === undefined ? [] : [declaration.id.name];
}

function membersOf(declaration) {
  const body = declaration.body?.body ?? declaration.typeAnnotation?.members ?? [];
  return Array.isArray(body) ? body.filter(({ key }) => key?.name !== undefined) : [];
}

/** What the sources say of each export: name -> { text, members: [[name, text]] }. */
function commentsOf(patterns) {
  const found = new Map();
  for (const path of patterns.flatMap((pattern) => globSync(pattern, { cwd: root }))) {
    const source = read(path);
    const { program, comments } = parseSync(path, source);
    const docs = comments.filter(({ type, value }) => type === "Block" && value.startsWith("*"));
    const before = (node) => docs.find(({ end }) => end <= node.start && /^\s*$/.test(source.slice(end, node.start)));
    for (const node of program.body) {
      if (node.type !== "ExportNamedDeclaration" || node.declaration === null) continue;
      const comment = before(node);
      const members = membersOf(node.declaration).flatMap((member) => {
        const said = before(member);
        return said === undefined ? [] : [[member.key.name, textOf(said.value)]];
      });
      for (const name of namesOf(node.declaration)) {
        const earlier = found.get(name);
        // An overloaded function has its comment at the first signature.
        if (earlier === undefined || (earlier.text === "" && comment !== undefined)) {
          found.set(name, { text: comment === undefined ? "" : textOf(comment.value), members });
        }
      }
    }
  }
  return found;
}

/** The declarations of an api.txt: [{ title, exports: [[name, code]] }], one for each entry of the package. */
function declarationsOf(folder) {
  return read(`${folder}/api.txt`)
    .split(/^# /m)
    .slice(1)
    .map((section) => {
      const [title, ...rest] = section.split("\n");
      const exported = new Map();
      for (const code of rest.join("\n").split(/\n(?=export )/)) {
        const [, name] = /^export (?:declare )?(?:abstract )?(?:async )?(?:class|const|enum|function|interface|type) (\w+)/.exec(code.trim()) ?? [];
        if (name !== undefined) exported.set(name, exported.has(name) ? `${exported.get(name)}\n${code.trim()}` : code.trim());
      }
      return { title: title.trim(), exports: [...exported] };
    });
}

const isValue = (code) => /^export (?:declare )?(?:abstract )?(?:async )?(?:class|const|enum|function) /.test(code);

function entryOf([name, code], comments) {
  const { text = "", members = [] } = comments.get(name) ?? {};
  const described = members.map(([member, said]) => `**\`${member}\`**: ${said}`);
  return [`### ${name}`, text, `\`\`\`ts\n${code.replaceAll(/^export (?:declare )?/gm, "")}\n\`\`\``, ...described].filter((part) => part !== "").join("\n\n");
}

/** The page of the npm packages. */
export function packagesPage() {
  const comments = commentsOf(["packages/core/src/**/*.ts", "packages/node-shared/src/**/*.ts"]);
  const sections = declarationsOf("packages/core").filter(({ title }) => /^@interloop\/core(\/testing)?$/.test(title));
  const parts = sections.flatMap(({ title, exports }) => {
    const entries = exports.toSorted(([a], [b]) => a.localeCompare(b));
    const heading = title.replace("core/testing", "<runtime>/testing");
    const groups = [
      ["functions, objects and classes", entries.filter(([, code]) => isValue(code))],
      ["types", entries.filter(([, code]) => !isValue(code))],
    ].filter(([, list]) => list.length > 0);
    return groups.map(([kind, list]) => `## \`${heading}\`: ${kind}\n\n${list.map((entry) => entryOf(entry, comments)).join("\n\n")}`);
  });
  return `# The npm packages

\`@interloop/node\`, \`@interloop/deno\` and \`@interloop/bun\` export all of \`@interloop/core\`, which portable libraries import, and \`init\`. \`@interloop/<runtime>/testing\` has what [tests](../testing.md) use.

${parts.join("\n\n")}
`;
}

const pythonApi = `
import ast, json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
tree = ast.parse((folder / "__init__.py").read_text())
names = next(ast.literal_eval(n.value) for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "__all__")
found = {}
for path in [folder / "__init__.py", *sorted(folder.glob("*.py")), *sorted(folder.parent.glob("*.pyi"))]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in names and node.name not in found:
            doc = ast.get_docstring(node) or ""
            if isinstance(node, ast.ClassDef):
                head = "class " + node.name + ("(" + ", ".join(map(ast.unparse, node.bases)) + ")" if node.bases else "")
                methods = [(m.name + "(" + ast.unparse(m.args) + ")", ast.get_docstring(m)) for m in node.body
                           if isinstance(m, (ast.FunctionDef, ast.AsyncFunctionDef)) and not m.name.startswith("_") and ast.get_docstring(m)]
            else:
                head = ("async " if isinstance(node, ast.AsyncFunctionDef) else "") + "def " + node.name + "(" + ast.unparse(node.args) + ")" + (" -> " + ast.unparse(node.returns) if node.returns else "")
                methods = []
            found[node.name] = [head, doc, methods]
print(json.dumps([ast.get_docstring(tree) or "", [[n, *found.get(n, ["", "", []])] for n in names]]))
`;

const doctest = (text) => text.replaceAll(/((?:^>>> .*\n?(?:^(?!\s*$).*\n?)*)+)/gm, (block) => `\`\`\`python\n${block.trimEnd()}\n\`\`\`\n`);

/** The page of the Python package `interloop`. */
export function pythonPage() {
  const text = execFileSync("python3", ["-c", pythonApi, join(root, "native", "python", "interloop")], { encoding: "utf8" });
  const [about, entries] = JSON.parse(text);
  const described = entries.map(([name, head, doc, methods]) => {
    const parts = [
      `## ${name}`,
      head && `\`\`\`python\n${head}\n\`\`\``,
      doctest(doc),
      ...methods.map(([method, said]) => `### \`${method}\`\n\n${doctest(said)}`),
    ];
    return parts.filter(Boolean).join("\n\n");
  });
  return `# The Python package

\`import interloop\` works in every Python that interloop runs; nothing has to be installed for it. Its pytest plugin is described in [testing](../testing.md), \`interloop.auto\` and \`python3 -m interloop\` in [Python programs](../python-programs.md).

${doctest(about)}

${described.join("\n\n")}
`;
}

/** The page of the commands, from the usage that they print. */
export function commandLinePage() {
  const usages = ["index", "doctor", "types", "stubs"].flatMap((name) => {
    const [, usage] = /const usage = \(runtime: string\): string => `([^`]*)`/.exec(read(`packages/node-shared/src/cli/${name}.ts`)) ?? [];
    return usage === undefined ? [] : [[name, usage.replaceAll("${runtime}", "node").trim()]];
  });
  const titles = { index: "Run a Python program", doctor: "doctor", types: "types", stubs: "stubs" };
  const pages = {
    index: "See [Python programs](./python-programs.md).",
    doctor: "Says which Python is taken and why, and what is missing. See [getting started](./getting-started.md#when-it-does-not-start).",
    types: "Writes TypeScript declarations of Python modules. See [types for Python](./typed-python.md).",
    stubs: "Writes Python stubs of TypeScript modules. See [Python programs](./python-programs.md).",
  };
  return `# The command line

Each adapter has one command: \`npx @interloop/node\`, \`deno run -A npm:@interloop/deno\`, \`bunx @interloop/bun\`. Installed, it is called \`interloop-node\`, \`interloop-deno\`, \`interloop-bun\`.

${usages.map(([name, usage]) => `## ${titles[name]}\n\n${pages[name]}\n\n\`\`\`text\n${usage}\n\`\`\``).join("\n\n")}
`;
}
