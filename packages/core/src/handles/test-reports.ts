/** Handles in the reports of test runners. */
import { limitStacks } from "../stacks.ts";

const DEPTH = 100;

/**
 * Does a test runner describe a value here, for its report of a failed assertion? Jest copies it, ava (by concordance) lists its properties; their comparisons are other functions.
 * What throws there would take the place of the report, and of the whole file's. Only what throws otherwise asks.
 */
export function isReporting(): boolean {
  const limit = limitStacks(DEPTH);
  const { stack = "" } = new Error("here");
  limitStacks(limit);
  return /\bdeepCyclicCopy|[\\/]concordance[\\/]lib[\\/](format|diff|serialize)\.js/.test(stack);
}
