import { measureFloor } from "./floors.ts";
import type { PythonFloor } from "./floors.ts";
import type { CensusPair } from "./report.ts";

/** One measurement of a case and, right beside it, of what it is compared with. */
export interface Sample {
  readonly value: number;
  readonly floor: number;
  /** What lives before and after, where that is the question. */
  readonly census?: CensusPair;
}

/** What a case is measured in. */
export type Unit = "us" | "kB";

/** Something to measure. */
export interface Case {
  readonly name: string;
  readonly unit: Unit;
  /** What the value is divided by: a floor of asyncio's, another measurement of ours, or a fixed limit. */
  readonly floor: PythonFloor | "limit" | "crossing" | "json";
  /** Fewer runs than asked for, for cases that take seconds. */
  readonly maxRuns?: number;
  /** One measurement. */
  sample(): Promise<Sample>;
}

const SLICES = 5;

/** A case against a floor of asyncio's: short slices of both, in turn, so that what the machine does meanwhile falls on both. */
export function against(floor: PythonFloor, name: string, slice: () => number | PromiseLike<number>): Case {
  const sample = async (): Promise<Sample> => {
    let floors = 0;
    let values = 0;
    for (let turn = 0; turn < SLICES; turn++) {
      floors += measureFloor(floor);
      values += await slice();
    }
    // The mean, not the best: a collector that runs in one slice of five is part of the price.
    return { value: values / SLICES, floor: floors / SLICES };
  };
  return { name, unit: "us", floor, sample };
}
