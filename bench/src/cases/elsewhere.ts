/** The loop on another thread, its own or the process's main one: crossings both ways, and what JS feels of a Python that computes. */
import { limitOf } from "../bars.ts";
import type { Case, Sample } from "../case.ts";
import { runChild } from "../children/run.ts";
import type { PythonFloor } from "../floors.ts";

type Placement = "thread" | "main";

function crossing(placement: Placement, name: string, floor: PythonFloor): Case {
  return { name: `${placement}/${name}`, unit: "us", floor, maxRuns: 5, sample: () => runChild<Sample>(placement, name) };
}

function stall(placement: Placement, name: string): Case {
  const full = `${placement}/${name}`;
  const sample = async (): Promise<Sample> => ({ ...(await runChild<Sample>(placement, name)), floor: limitOf(full) });
  return { name: full, unit: "us", floor: "limit", maxRuns: 5, sample };
}

export const elsewhere: readonly Case[] = (["thread", "main"] as const).flatMap((placement) => [
  crossing(placement, "js-awaits-py/seq", "A"),
  crossing(placement, "js-awaits-py/1000", "A'"),
  crossing(placement, "py-awaits-js/seq", "A"),
  crossing(placement, "py-awaits-js/1000", "A'"),
  stall(placement, "stall-under-cpu"),
  stall(placement, "stall-under-cpu/touching"),
]);
