/** Items of an async generator, across, at the default mark. */
import { against } from "../case.ts";
import type { Case } from "../case.ts";
import { asyncIterableIntoPy, intoAsyncIterable } from "../runtime.ts";
import type { PyObject } from "../runtime.ts";
import { load } from "../source.ts";

const ITEMS = 100_000;
const SUM = (ITEMS * (ITEMS - 1)) / 2;
const crossings = load("crossings") as unknown as { numbers: (count: number) => PyObject; add_up: (stream: PyObject) => PromiseLike<number> };

async function* numbers(count: number): AsyncGenerator<number> {
  for (let number = 0; number < count; number++) yield number;
}

async function addUp(stream: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const number of stream) sum += number;
  return sum;
}

async function perItem(addAll: () => PromiseLike<number>): Promise<number> {
  const start = performance.now();
  const sum = await addAll();
  const elapsed = performance.now() - start;
  if (sum !== SUM) throw new Error("Items were lost");
  return (elapsed / ITEMS) * 1000;
}

export const streams: readonly Case[] = [
  against("C", "stream/py-to-js", () => perItem(() => addUp(intoAsyncIterable<number>(crossings.numbers(ITEMS))))),
  against("C", "stream/js-to-py", () => perItem(() => crossings.add_up(asyncIterableIntoPy(numbers(ITEMS))))),
];
