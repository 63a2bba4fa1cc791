/** The loop on a Python thread of its own: crossings both ways, and what JS feels of a Python that computes. */
import { limitOf } from "../bars.ts";
import type { Case, Sample } from "../case.ts";
import { runChild } from "../children/run.ts";
import type { PythonFloor } from "../floors.ts";

function crossing(name: string, floor: PythonFloor): Case {
  return { name: `thread/${name}`, unit: "us", floor, maxRuns: 5, sample: () => runChild<Sample>("thread", name) };
}

function stall(name: string): Case {
  const sample = async (): Promise<Sample> => ({ ...(await runChild<Sample>("thread", name)), floor: limitOf(`thread/${name}`) });
  return { name: `thread/${name}`, unit: "us", floor: "limit", maxRuns: 5, sample };
}

export const thread: readonly Case[] = [
  crossing("js-awaits-py/seq", "A"),
  crossing("js-awaits-py/1000", "A'"),
  crossing("py-awaits-js/seq", "A"),
  crossing("py-awaits-js/1000", "A'"),
  stall("stall-under-cpu"),
  stall("stall-under-cpu/touching"),
];
