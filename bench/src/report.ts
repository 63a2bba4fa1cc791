/** What a measurement hands over, and what `--json` writes. */
export interface CensusPair {
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  readonly equal: boolean;
}

export interface CaseReport {
  readonly name: string;
  /** Null for a case about memory, and for one that could not be measured. */
  readonly value_us: number | null;
  readonly floor: string;
  readonly floor_us: number | null;
  readonly ratio: number | null;
  readonly value_kB?: number;
  readonly floor_kB?: number;
  readonly census?: CensusPair;
  readonly spread: number | null;
  readonly runs: number;
  /** Why the case could not be measured. */
  readonly reason?: string;
}

/** A floor in the measured process, and in a plain Python. */
export interface FloorCheck {
  readonly floor: string;
  readonly inside_us: number;
  readonly outside_us: number;
  /** Within {@link TOLERANCE} of each other. */
  readonly ok: boolean;
}

export const TOLERANCE = 0.15;

/** One runtime's results. */
export interface Report {
  /** The name and the version, as in "node 24.21.0". */
  readonly runtime: string;
  readonly python: string | null;
  readonly cases: readonly CaseReport[];
  readonly floors: readonly FloorCheck[];
  /** Why nothing could be measured. */
  readonly reason?: string;
}
