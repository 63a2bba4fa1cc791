/** The least mixture that still fails. */
import { actions } from "./actions.ts";

export interface Attempt {
  readonly seed: number;
  readonly count: number;
  readonly kinds?: readonly string[];
}

/** Leaves out kinds of actions one by one, then halves the number of actions, for as long as `fails` says that the rest fails as well. */
export async function minimise(first: Attempt, fails: (attempt: Attempt) => Promise<boolean>): Promise<Attempt> {
  let least: Attempt = { ...first, kinds: Object.keys(actions) };
  for (const kind of Object.keys(actions)) {
    const fewer = { ...least, kinds: least.kinds!.filter((each) => each !== kind) };
    if (fewer.kinds.length > 0 && (await fails(fewer))) least = fewer;
  }
  for (let count = Math.floor(least.count / 2); count > 0; count = Math.floor(count / 2)) {
    if (!(await fails({ ...least, count }))) break;
    least = { ...least, count };
  }
  return least;
}
