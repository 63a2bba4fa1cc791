import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { sections } from "../sidebar.mjs";

const pages = fileURLToPath(new URL("../.pages", import.meta.url));
const slugify = (text) =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
const link = ([name]) => `/${name.replace(/(^|\/)index$/, "$1")}`;

// Pages that nobody has put into a section yet.
const placed = new Set(["index", ...sections.flatMap((section) => section.pages.map(([name]) => name))]);
const others = globSync("**/*.md", { cwd: pages })
  .map((file) => file.slice(0, -".md".length))
  .filter((name) => !placed.has(name))
  .map((name) => [name, name]);
const sidebar = others.length === 0 ? sections : [...sections, { text: "More", pages: others }];

export default defineConfig({
  title: "interloop",
  description: "Promises and Python coroutines await each other inside one process",
  base: process.env.SITE_BASE ?? "/",
  srcDir: ".pages",
  outDir: "dist",
  cacheDir: ".cache",
  cleanUrls: true,
  // No HTML in the pages, so "<name>" in a sentence is text.
  markdown: {
    html: false,
    // As GitHub makes them, so that a link holds in both places.
    anchor: { slugify },
    // Code in a sentence may have "{{", which is Vue's.
    config(md) {
      md.renderer.rules.code_inline = (tokens, index) => `<code v-pre>${md.utils.escapeHtml(tokens[index].content).replaceAll("{{", "&#123;&#123;")}</code>`;
    },
  },
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${process.env.SITE_BASE ?? "/"}icon.svg` }]],
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: sections.map(({ text, pages: [first] }) => ({ text, link: link(first) })),
    sidebar: sidebar.map(({ text, pages: list }) => ({
      text,
      items: list.filter(([name]) => existsSync(join(pages, `${name}.md`))).map((page) => ({ text: page[1], link: link(page) })),
    })),
    socialLinks: [{ icon: "github", link: "https://github.com/interloop/interloop" }],
    footer: { message: "Apache-2.0" },
  },
});
