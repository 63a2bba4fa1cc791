import { bars, MARGIN } from "./bars.ts";
import type { FloorCheck } from "./floors.ts";
import { TOLERANCE } from "./floors.ts";
import type { Result } from "./harness.ts";

/** Does the bar of this result hold? A census that differs breaks it, whatever the memory says. */
export function holds({ name, ratio, census }: Result): boolean {
  const bar = bars[name];
  return (bar === undefined || ratio <= bar.ratio * MARGIN) && census?.equal !== false;
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

/** The results as a table that Markdown understands. */
export function resultTable(results: readonly Result[]): string {
  const head = ["case", "value", "floor", "", "ratio", "bar", "±", "holds"];
  const rows = results.map((result) => {
    const { name, unit, value, floor, floorValue, ratio, spread } = result;
    const bar = bars[name];
    const verdict = result.census?.equal === false ? "NO (census)" : holds(result) ? "yes" : "NO";
    return [
      name,
      `${digits(value)} ${unit}`,
      `${digits(floorValue)} ${unit}`,
      floor,
      digits(ratio),
      bar === undefined ? "" : String(bar.ratio),
      `${(spread * 100).toFixed(0)} %`,
      verdict,
    ];
  });
  return table([head, ...rows]);
}

/** The floors of this process beside those of a plain Python. */
export function floorTable(checks: readonly FloorCheck[]): string {
  const rows = checks.map(({ floor, inside_us, outside_us, ok }) => [
    floor,
    `${digits(inside_us)} us`,
    `${digits(outside_us)} us`,
    `${((inside_us / outside_us - 1) * 100).toFixed(0)} %`,
    ok ? "" : `more than ${TOLERANCE * 100} %`,
  ]);
  return table([["floor", "in this process", "plain python3", "differs", ""], ...rows]);
}
