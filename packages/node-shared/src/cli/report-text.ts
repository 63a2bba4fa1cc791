import type { Report } from "./report.ts";

const titles: Readonly<Record<string, string>> = { node: "Node", deno: "Deno", bun: "Bun" };
const WIDTH = 13;

const line = (title: string, text: string): string => `${title.padEnd(WIDTH)}${text}\n`;
const works = { true: "works", false: "does not work", null: "not tried" };

/** A report for reading. */
export function textOf(report: Report): string {
  const { runtime, packages, addon, python, candidates, placements, permissions, problems } = report;
  let text = line("Runtime", `${titles[runtime.name] ?? runtime.name} ${runtime.version}, ${runtime.platform} ${runtime.arch}`);
  for (const [index, [name, version]] of Object.entries(packages).entries())
    text += line(index === 0 ? "Packages" : "", `${name} ${version ?? "(unknown version)"}`);
  text += line("Addon", addon === null ? "none" : `${addon.file} (contract ${addon.contract})`);
  text += line("Python", python === null ? "none" : `${python.version}, ${python.executable}`);
  for (const { source, path, verdict } of candidates) text += line("", `- ${source}: ${path === "" ? "" : `${path}, `}${verdict}`);
  if (python !== null) text += line("libpython", python.library) + line("Prefix", python.prefix);
  const tried = Object.entries(placements).map(([name, outcome]) => `${name} ${works[`${outcome}`]}`);
  text += line("Placements", tried.join(", "));
  if (permissions !== undefined) {
    const states = Object.entries(permissions).map(([name, state]) => `${name} ${state}`);
    text += line("Permissions", states.join(", "));
  }
  text += "\n";
  if (problems.length === 0) return `${text}Everything that interloop needs is there.\n`;
  for (const { code, message } of problems) text += `Problem (${code}): ${message}\n`;
  return text;
}
