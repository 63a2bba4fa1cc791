// Makes the pages of the site in .pages: those of docs/, ARCHITECTURE.md and CONTRIBUTING.md with links that hold there, the generated reference, and llms.txt.
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLinePage, packagesPage, pythonPage } from "./reference.mjs";
import { sections } from "./sidebar.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, "site", ".pages");
const REPOSITORY = "https://github.com/interloop/interloop/blob/main/";

/** Files outside of docs/ that are pages of the site as well. */
const internals = { "ARCHITECTURE.md": "internals/architecture.md", "CONTRIBUTING.md": "internals/contributing.md" };

/** Where a file of the repository stands on the site; undefined when it is no page. */
function pageOf(path) {
  if (internals[path] !== undefined) return internals[path];
  return path.startsWith("docs/") && path.endsWith(".md") ? path.slice("docs/".length) : undefined;
}

/** The text of a page with its links turned into links of the site, or of the repository where the site has no such page. */
export function withLinks(text, from) {
  const page = pageOf(from);
  const outsideCode = text.split(/(^```[^]*?^```$)/m);
  const mended = outsideCode.map((part, index) => {
    if (index % 2 === 1) return part;
    return part.replaceAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)/g, (_, target, anchor = "") => {
      const path = posix.normalize(posix.join(posix.dirname(from), target));
      if (!existsSync(join(root, path))) throw new Error(`${from}: there is no ${target}`);
      const other = pageOf(path);
      if (other === undefined) return `](${REPOSITORY}${path}${anchor})`;
      const relative = posix.relative(posix.dirname(page), other);
      return `](${relative.startsWith(".") ? relative : `./${relative}`}${anchor})`;
    });
  });
  return mended.join("").replaceAll(/^<!--.*?-->\n/gms, "");
}

function write(page, text) {
  mkdirSync(dirname(join(out, page)), { recursive: true });
  writeFileSync(join(out, page), text);
}

/** Code blocks of documentation say how tests run them ("ts program"); the highlighter wants the language. */
const plainFences = (text) => text.replaceAll(/^```ts (?:program|no-run)$/gm, "```ts");

const home = `---
layout: home
hero:
  name: interloop
  text: Promises and Python coroutines await each other
  tagline: inside one process, in Node, Deno and Bun
  actions:
    - { theme: brand, text: Getting started, link: /getting-started }
    - { theme: alt, text: What do you want to do?, link: /start }
features:
  - { title: Real CPython, details: "The one that you have, 3.9 and newer, with its virtual environment and everything from PyPI.", link: /python-programs }
  - { title: One thread by default, details: "asyncio's event loop is a guest of JavaScript's. No process beside, no serialisation.", link: /event-loop }
  - { title: Both directions, details: "Errors, cancellation, streams and contexts cross and keep their identity.", link: /what-crosses }
  - { title: Typed, details: "Declarations of Python modules for TypeScript, stubs of JavaScript modules for Python.", link: /typed-python }
---
`;

/** The overview for language models: https://llmstxt.org */
function llms(titles) {
  const lines = sections.flatMap(({ text, pages }) => [
    `\n## ${text}\n`,
    ...pages.filter(([name]) => titles.has(name)).map(([name, title]) => `- [${title}](/${name.replace(/(^|\/)index$/, "$1")}): ${titles.get(name)}`),
  ]);
  return `# interloop\n\n> Promises and Python coroutines await each other inside one process, in Node, Deno and Bun.\n${lines.join("\n")}\n`;
}

const firstSentence = (text) => {
  const paragraph = text.split("\n\n").find((block, index) => index > 0 && /^[A-Z`[]/.test(block.trim())) ?? "";
  const plain = paragraph.replaceAll("\n", " ").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return (/^.*?[.:](?= |$)/.exec(plain)?.[0] ?? plain).replace(/:$/, ".");
};

export function makePages() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const titles = new Map();
  const add = (page, text) => {
    write(page, text);
    const name = page.slice(0, -".md".length);
    titles.set(name, firstSentence(text));
  };
  for (const path of [...globSync("docs/**/*.md", { cwd: root }), ...Object.keys(internals)].sort((a, b) => a.localeCompare(b))) {
    const file = path.replaceAll("\\", "/");
    add(pageOf(file), plainFences(withLinks(readFileSync(join(root, file), "utf8"), file)));
  }
  add("api/index.md", packagesPage());
  add("api/python.md", pythonPage());
  if (!titles.has("command-line")) add("command-line.md", commandLinePage());
  write("index.md", home);
  cpSync(join(root, "docs", "public"), join(out, "public"), { recursive: true });
  write("public/llms.txt", llms(titles));
}
