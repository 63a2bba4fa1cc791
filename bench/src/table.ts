import { barOf, ENOUGH, MARGIN } from "./bars.ts";
import { TOLERANCE } from "./report.ts";
import type { CaseReport, Report } from "./report.ts";

/** Does the bar of this result hold? A census that differs breaks it, whatever the memory says, and so does a case that could not be measured. */
export function holds({ name, ratio, census }: CaseReport, runtime: string): boolean {
  return ratio !== null && ratio <= barOf(name, runtime) * MARGIN && census?.equal !== false;
}

/** A runtime as people write it: "Deno 2.9.6" for "deno 2.9.6". */
export function titleOf(runtime: string): string {
  return `${runtime.charAt(0).toUpperCase()}${runtime.slice(1)}`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join("\n");
}

// The first column of a runtime's group names it, when there are several; with its version, when there are several Nodes.
function groupHead(reports: readonly Report[], heads: readonly string[]): string[] {
  const titles = reports.map(({ runtime }) => titleOf(runtime));
  const short = titles.map((title) => title.split(" ", 1)[0]!);
  const names = new Set(short).size === short.length ? short : titles;
  return names.flatMap((name) => heads.map((head, column) => (names.length > 1 && column === 0 ? `${name}: ${head}` : head)));
}

function verdict(result: CaseReport, runtime: string): string {
  if (result.census?.equal === false) return "NO (census)";
  const answer = holds(result, runtime) ? "yes" : "NO";
  return result.runs < ENOUGH ? `${answer}?` : answer;
}

function resultCells(result: CaseReport | undefined, runtime: string): string[] {
  if (result === undefined || result.ratio === null) return ["not done", "", "", "", "", ""];
  const { name, value_us, value_kB, floor_us, floor_kB, ratio, spread } = result;
  const unit = value_us === null ? "kB" : "us";
  return [
    `${digits(value_us ?? value_kB ?? Number.NaN)} ${unit}`,
    `${digits(floor_us ?? floor_kB ?? Number.NaN)} ${unit}`,
    digits(ratio),
    String(barOf(name, runtime)),
    `${((spread ?? Number.NaN) * 100).toFixed(0)} %`,
    verdict(result, runtime),
  ];
}

/** The results as one table that Markdown understands, with a group of columns per runtime. */
export function resultTable(reports: readonly Report[]): string {
  const head = ["case", "against", ...groupHead(reports, ["value", "floor", "ratio", "bar", "±", "holds"])];
  const rows = reports[0]!.cases.map(({ name, floor }) => [
    name,
    floor,
    ...reports.flatMap(({ cases, runtime }) =>
      resultCells(
        cases.find((each) => each.name === name),
        runtime,
      ),
    ),
  ]);
  return table([head, ...rows]);
}

/** The floors of each runtime's process beside those of a plain Python. */
export function floorTable(reports: readonly Report[]): string {
  const head = ["floor", ...groupHead(reports, ["in this process", "plain python3", "differs", ""])];
  const rows = reports[0]!.floors.map(({ floor }) => [
    floor,
    ...reports.flatMap(({ floors }) => {
      const { inside_us, outside_us, ok } = floors.find((each) => each.floor === floor)!;
      return [
        `${digits(inside_us)} us`,
        `${digits(outside_us)} us`,
        `${((inside_us / outside_us - 1) * 100).toFixed(0)} %`,
        ok ? "" : `more than ${TOLERANCE * 100} %`,
      ];
    }),
  ]);
  return table([head, ...rows]);
}
