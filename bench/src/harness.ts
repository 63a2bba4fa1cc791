/**
 * Runs cases. All cases take turns, run after run, and each measures its floor beside its value.
 * (tinybench runs one task to its end before the next, and times calls one by one, which costs more than a call of ours.)
 */
import type { Case, Sample } from "./case.ts";
import type { CaseReport } from "./report.ts";
import { median, spread } from "./statistics.ts";

/** Measure `cases`, `runs` times each after one run to warm up. One that fails is left alone from then on, and says why. */
export async function measureCases(cases: readonly Case[], runs: number, progress: (text: string) => void): Promise<CaseReport[]> {
  const samples = new Map<Case, Sample[]>(cases.map((each) => [each, []]));
  const failed = new Map<Case, string>();
  for (let run = 0; run <= runs; run++) {
    for (const [each, taken] of samples) {
      const warmUp = run === 0;
      if (warmUp && each.maxRuns !== undefined) continue;
      if (failed.has(each) || taken.length >= (each.maxRuns ?? runs)) continue;
      progress(`${warmUp ? "warm-up" : `run ${run} of ${runs}`}: ${each.name}`);
      try {
        const sample = await each.sample();
        if (!warmUp) taken.push(sample);
      } catch (error) {
        failed.set(each, error instanceof Error ? error.message : String(error));
      }
    }
  }
  return [...samples].map(([each, taken]) => summarize(each, taken, failed.get(each)));
}

function summarize({ name, unit, floor }: Case, samples: readonly Sample[], reason: string | undefined): CaseReport {
  const runs = samples.length;
  if (reason !== undefined) return { name, value_us: null, floor, floor_us: null, ratio: null, spread: null, runs, reason };
  // Each run's value over the floor measured beside it.
  const ratios = samples.map(({ value, floor: beside }) => value / beside);
  const value = median(samples.map((sample) => sample.value));
  const beside = median(samples.map((sample) => sample.floor));
  const shared = { ratio: median(ratios), spread: spread(ratios), runs };
  if (unit === "us") return { name, value_us: value, floor, floor_us: beside, ...shared };
  // A case about memory has no time.
  const census = samples.find((sample) => sample.census?.equal === false)?.census ?? samples[0]?.census;
  return { name, value_us: null, floor, floor_us: null, value_kB: value, floor_kB: beside, ...(census === undefined ? {} : { census }), ...shared };
}
