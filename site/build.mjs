// Builds the site, or serves it while docs/ is edited: node site/build.mjs [--dev]
import { globSync, readFileSync, watch } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { build, createServer } from "vitepress";
import { makePages } from "./pages.mjs";

/** The links to headings that do not exist. VitePress itself fails at links to pages that do not exist. */
function deadAnchors(dist) {
  const pages = new Map(globSync("**/*.html", { cwd: dist }).map((file) => [file.replaceAll("\\", "/"), readFileSync(join(dist, file), "utf8")]));
  const base = process.env.SITE_BASE ?? "/";
  return [...pages].flatMap(([page, html]) =>
    [...html.matchAll(/<a href="([^"#:]*)#([^"]+)"/g)].flatMap(([, path, hash]) => {
      const absolute = path === "" ? page : posix.join(posix.dirname(`/${page}`), path.startsWith("/") ? `/../${path}` : path);
      const file = path.startsWith(base) ? path.slice(base.length) : absolute.replace(/^\//, "");
      const target = pages.get(file) ?? pages.get(`${file}.html`) ?? pages.get(posix.join(file, "index.html"));
      return target?.includes(`id="${decodeURIComponent(hash)}"`) ? [] : [`${page}: no ${path}#${hash}`];
    }),
  );
}

const here = dirname(fileURLToPath(import.meta.url));
makePages();
if (process.argv.includes("--dev")) {
  const server = await createServer(here);
  await server.listen();
  server.printUrls();
  watch(join(here, "..", "docs"), { recursive: true }, () => makePages());
} else {
  await build(here);
  const dead = deadAnchors(join(here, "dist"));
  for (const link of dead) console.error(link);
  if (dead.length > 0) process.exitCode = 1;
}
