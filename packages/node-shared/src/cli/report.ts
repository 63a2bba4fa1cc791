import type { PythonCandidate } from "@interloop/core/binding";
import type { PermissionState } from "./program.ts";

/** What is wrong, and what to do about it. `code` is one of interloop's error codes, or `error` for what is none. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** What `doctor` reports. This is the shape of `--json`. */
export interface Report {
  readonly runtime: { readonly name: string; readonly version: string; readonly platform: string; readonly arch: string };
  /** Versions by package; null where it cannot be read. */
  readonly packages: Readonly<Record<string, string | null>>;
  /** The addon that was loaded; null when there is none. */
  readonly addon: { readonly file: string; readonly contract: number } | null;
  /** The interpreter that interloop takes; null when there is none. */
  readonly python: { readonly executable: string; readonly version: string; readonly prefix: string; readonly library: string } | null;
  /** Where an interpreter was looked for, in order; the last place has the one that was taken. */
  readonly candidates: readonly PythonCandidate[];
  /** Where Python's event loop can run; null: not tried, because something before it failed or, for `main`, the runtime allows no child process. */
  readonly placements: Readonly<Record<string, boolean | null>>;
  /** What the runtime allows, where it is one that asks. */
  readonly permissions?: Readonly<Record<string, PermissionState>>;
  readonly problems: readonly Problem[];
}
