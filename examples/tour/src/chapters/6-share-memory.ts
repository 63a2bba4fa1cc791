import { isPyError, python } from "@interloop/core";
import type { PyObject } from "@interloop/core";
import { chapter, holds, say } from "../story.ts";

const MILLION = 1_000_000;

/** Buffers cross without a copy: one million doubles, in two languages at once. */
export async function shareMemory(): Promise<void> {
  chapter("Memory is shared, not copied");

  const numpy = importIfThere("numpy");
  if (numpy === undefined) {
    say("numpy is not installed here; `pip install numpy` into the environment brings this chapter to life");
    return;
  }

  const squares = numpy.square(numpy.arange(MILLION, null, null, "float64"));
  const view = python.buffer(squares).data as Float64Array;
  say(`python.buffer() shows a numpy array as a ${view.constructor.name} of ${view.length}; the number at 1000 is ${view[1000]}`);
  view[1000] = -1;
  holds("what JS writes, numpy reads", view.length === MILLION && (python.getItem(squares, 1000) as PyObject).item() === -1);

  const mine = new Float64Array(MILLION).fill(0.5);
  const array = numpy.frombuffer(mine);
  numpy.multiply(array, 4, array);
  say(`numpy.frombuffer() takes a Float64Array; numpy multiplied it in place, and in JS its first number is now ${mine[0]}`);
  holds("what numpy writes, JS reads", mine[0] === 2 && mine[MILLION - 1] === 2 && array.sum().item() === 2 * MILLION);
}

function importIfThere(name: string): PyObject | undefined {
  try {
    return python.import(name);
  } catch (error) {
    if (isPyError(error) && error.name === "ModuleNotFoundError") return undefined;
    throw error;
  }
}
