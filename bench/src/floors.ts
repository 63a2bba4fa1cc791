/** Floors: what asyncio itself costs, in this process and, as a check, in a plain Python. See floors.py for how each is measured. */
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { TOLERANCE } from "./report.ts";
import type { FloorCheck } from "./report.ts";
import { python } from "./runtime.ts";
import { load } from "./source.ts";
import { median } from "./statistics.ts";

const floorNames = ["A", "A'", "A sleep(0)", "A' sleep(0)", "B", "B'", "C", "D"] as const;

/** Measured by Python: a cost of asyncio's own. */
export type PythonFloor = (typeof floorNames)[number];

const TURNS = { least: 4, most: 16 };
const SLICES = 4;

const module = load("floors");
const measure = module.measure as (name: string) => number;

/** One slice of a floor in this process, in microseconds per operation. */
export function measureFloor(name: PythonFloor): number {
  return measure(name);
}

/** The interpreter that runs in this process, as a command. */
function pythonCommand(): string {
  return python.import("sys").executable as string;
}

/**
 * Compare the floors of this process with those of a plain Python. The two take turns until all medians agree. Every turn adds slices to both sides, so that a lucky turn proves nothing.
 */
export async function checkFloors(): Promise<FloorCheck[]> {
  const samples = new Map(floorNames.map((name) => [name, { inside: [] as number[], outside: [] as number[] }]));
  let checks: FloorCheck[] = [];
  for (const name of floorNames) measureFloor(name);
  for (let turn = 1; turn <= TURNS.most; turn++) {
    const outside = await measureOutside();
    for (const [name, side] of samples) side.outside.push(...(outside[name] ?? []));
    for (let slice = 0; slice < SLICES; slice++) {
      for (const [name, { inside }] of samples) inside.push(measureFloor(name));
    }
    checks = [...samples].map(([name, side]) => compare(name, median(side.inside), median(side.outside)));
    if (turn >= TURNS.least && checks.every(({ ok }) => ok)) break;
  }
  return checks;
}

function compare(floor: PythonFloor, inside: number, outside: number): FloorCheck {
  return { floor, inside_us: inside, outside_us: outside, ok: Math.abs(inside - outside) <= TOLERANCE * outside };
}

async function measureOutside(): Promise<Record<string, number[]>> {
  const file = fileURLToPath(new URL("floors.py", import.meta.url));
  const { PYTHONASYNCIODEBUG: _debug, PYTHONDEVMODE: _devMode, ...env } = process.env;
  const { stdout } = await promisify(execFile)(pythonCommand(), [file, String(SLICES)], { env });
  return JSON.parse(stdout) as Record<string, number[]>;
}
