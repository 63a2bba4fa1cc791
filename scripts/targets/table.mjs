// The table of docs/where-it-runs.md: one per group, a line per row.
const begin = "<!-- rows: written by scripts/targets -->";
const end = "<!-- end of rows -->";

const lineOf = ({ title, version, needs, night }) => `| ${title} | ${version} | ${needs} | ${night ? "nightly" : "each change"} |`;

const header = "| target | version | what you must do | tested |\n| --- | --- | --- | --- |";

function parse(text) {
  const [, table] = new RegExp(`${begin}\n(.*?)${end}`, "s").exec(text) ?? [];
  if (table === undefined) throw new Error(`docs/where-it-runs.md has no "${begin}" with "${end}" after it`);
  const rows = [];
  let group = "";
  for (const line of table.split("\n")) {
    if (line.startsWith("### ")) group = line.slice(4);
    const [, title, version, needs, tested] = /^\| (.*?) \| (.*?) \| (.*?) \| (each change|nightly) \|$/.exec(line) ?? [];
    if (title !== undefined) rows.push({ group, title, version, needs, night: tested === "nightly" });
  }
  return rows;
}

const same = (row) => (other) => row.group === other.group && row.title === other.title;

/** The page with `rows` in its tables: they replace those of the same name, and the others stay. */
export function withRows(text, rows) {
  const all = [...parse(text).filter((old) => !rows.some(same(old))), ...rows];
  const groups = [...new Set(all.map(({ group }) => group))].toSorted((a, b) => a.localeCompare(b, "en"));
  const tables = groups.map((group) => {
    const lines = all.filter((row) => row.group === group).toSorted((a, b) => a.title.localeCompare(b.title, "en"));
    return `### ${group}\n\n${header}\n${lines.map(lineOf).join("\n")}\n`;
  });
  return text.replace(new RegExp(`${begin}.*?${end}`, "s"), () => `${begin}\n\n${tables.join("\n")}\n${end}`);
}

/** How the page and what a row has found differ, in words. */
export function rowFaults(text, row) {
  const old = parse(text).find(same(row));
  if (old !== undefined && lineOf(old) === lineOf(row)) return [];
  const [now, then] = [lineOf(row), old === undefined ? "no such row" : lineOf(old)];
  return [`docs/where-it-runs.md has ${then}, but the test found ${now}: run "npm run targets -- --update"`];
}
