/** What the Python suite beside this file tests. */
import { setTimeout } from "node:timers/promises";

export const VAT = 19;

/** The sum of some prices. */
export async function total(prices: Iterable<number>): Promise<number> {
  await setTimeout(1);
  let sum = 0;
  for (const price of prices) sum += price;
  if (sum > 1000) throw new RangeError("too dear");
  return sum;
}
