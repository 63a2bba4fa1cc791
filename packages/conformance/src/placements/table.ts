/** The table of what runs where: how it is written, and read. */

/** By program and placement: how it went. */
export type Outcomes = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** By runtime. */
export type AllOutcomes = Readonly<Record<string, Outcomes>>;

const titles: Readonly<Record<string, string>> = { node: "Node", deno: "Deno", bun: "Bun" };
const BEGIN = "<!-- what runs where: npm run placements:update -->";
const END = "<!-- end -->";

/** The page with the table of these outcomes in the place of the one that it has. */
export function withTable(page: string, all: AllOutcomes): string {
  const [first] = Object.values(all);
  if (first === undefined) throw new Error("There are no outcomes to write");
  const rows = Object.entries(first).map(([program, placements]) => [
    program,
    ...Object.keys(placements).map((placement) => cellOf(Object.entries(all).map(([runtime, outcomes]) => [runtime, outcomes[program]?.[placement] ?? "no"]))),
  ]);
  const header = ["", ...Object.keys(Object.values(first)[0] ?? {})];
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const [before, after] = around(page);
  return `${before}${BEGIN}\n\n${lines.join("\n").replace("|  |", "| |")}\n\n${END}${after}`;
}

/** What the page says of this runtime. */
export function readTable(page: string, runtime: string): Outcomes {
  const table = page.slice(around(page)[0].length);
  const [header = [], , ...rows] = table
    .slice(0, table.indexOf(END))
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return Object.fromEntries(
    rows.map(([program = "", ...cells]) => [program, Object.fromEntries(cells.map((cell, index) => [header[index + 1] ?? "", outcomeIn(cell, runtime)]))]),
  );
}

/** What stands before the table, and after it. */
function around(page: string): readonly [string, string] {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The page has no place for the table: "${BEGIN}" and "${END}"`);
  return [page.slice(0, begin), page.slice(end + END.length)];
}

/** What most runtimes do, then those that differ by name: `yes; Bun: no`. */
function cellOf(outcomes: readonly (readonly [string, string])[]): string {
  const count = (outcome: string): number => outcomes.filter(([, each]) => each === outcome).length;
  const common = outcomes.map(([, outcome]) => outcome).reduce((best, outcome) => (count(outcome) > count(best) ? outcome : best));
  const others = outcomes.filter(([, outcome]) => outcome !== common).map(([runtime, outcome]) => `${titles[runtime] ?? runtime}: ${outcome}`);
  return [common, ...others].join("; ");
}

function outcomeIn(cell: string, runtime: string): string {
  const [common = "", ...others] = cell.split("; ");
  const prefix = `${titles[runtime] ?? runtime}: `;
  return others.find((other) => other.startsWith(prefix))?.slice(prefix.length) ?? common;
}
