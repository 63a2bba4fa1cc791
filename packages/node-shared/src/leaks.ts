import { writeSync } from "node:fs";
import process from "node:process";

/** Prints the report of leaks, in a program that was started with `INTERLOOP_LEAKS=1`; undefined in any other. */
export function leakReporter(): ((report: string) => void) | undefined {
  // At the end of the process nobody waits for a stream.
  return process.env["INTERLOOP_LEAKS"] === "1" ? (report) => void writeSync(2, report) : undefined;
}
