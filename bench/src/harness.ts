/**
 * Runs cases. All cases take turns, run after run, and each measures its floor beside its value.
 * (tinybench runs one task to its end before the next, and times calls one by one, which costs more than a call of ours.)
 */
import type { Case, CensusPair, Sample, Unit } from "./case.ts";
import { median, spread } from "./statistics.ts";

export interface Result {
  readonly name: string;
  readonly unit: Unit;
  readonly floor: Case["floor"];
  readonly runs: number;
  /** Medians of all runs. */
  readonly value: number;
  readonly floorValue: number;
  /** The median of the runs' own ratios: each value over the floor measured beside it. */
  readonly ratio: number;
  readonly spread: number;
  readonly census?: CensusPair;
}

/** Measure `cases`, `runs` times each after one run to warm up. */
export async function measureCases(cases: readonly Case[], runs: number, progress: (text: string) => void): Promise<Result[]> {
  const samples = new Map<Case, Sample[]>(cases.map((each) => [each, []]));
  for (let run = 0; run <= runs; run++) {
    for (const [each, taken] of samples) {
      const warmUp = run === 0;
      if (warmUp && each.maxRuns !== undefined) continue;
      if (taken.length >= (each.maxRuns ?? runs)) continue;
      progress(`${warmUp ? "warm-up" : `run ${run} of ${runs}`}: ${each.name}`);
      const sample = await each.sample();
      if (!warmUp) taken.push(sample);
    }
  }
  return [...samples].map(([each, taken]) => summarize(each, taken));
}

function summarize({ name, unit, floor }: Case, samples: readonly Sample[]): Result {
  const ratios = samples.map(({ value, floor: beside }) => value / beside);
  const census = samples.find((sample) => sample.census?.equal === false)?.census ?? samples[0]?.census;
  return {
    name,
    unit,
    floor,
    runs: samples.length,
    value: median(samples.map(({ value }) => value)),
    floorValue: median(samples.map(({ floor: beside }) => beside)),
    ratio: median(ratios),
    spread: spread(ratios),
    ...(census === undefined ? {} : { census }),
  };
}
