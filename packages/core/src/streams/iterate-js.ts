import { untracked } from "../environment/finalization.ts";
import { binding } from "../environment/environment.ts";
import type { PyObject } from "../environment/py-object.ts";
import { Refusal } from "../errors/unsupported.ts";
import { describe } from "../environment/refs.ts";
import { JsReader } from "./js-reader.ts";
import { isIterable } from "./js-source.ts";
import { callStreams, homeOfReader } from "./streams.ts";

/** Iterators that Python asks for items without having begun a loop over them: they go on in JS when Python drops them. */
const kept = new WeakSet<object>();

/** `async for` over a JS object: as in JS, on demand. The handle of a Python async generator; undefined when Python has one already (`known`). */
export function iterateAsync(source: object, own: boolean, known: boolean): unknown {
  if (!isIterable(source)) throw new Refusal("TypeError", `'async for' requires what JavaScript can iterate over, not ${describe(source)}`);
  if (own) kept.delete(source);
  else kept.add(source);
  if (known) return undefined;
  const {
    pull,
    throw: raise,
    leave,
  } = new JsReader(
    () => source,
    1,
    homeOfReader(),
    () => kept.has(source),
  );
  const generator = untracked(() => callStreams("from_js", pull, raise, leave)) as PyObject;
  // Python has it by then, and is to be the only one that holds it: it closes what nothing holds any more.
  queueMicrotask(() => {
    generator[Symbol.dispose]();
    binding.drain();
  });
  return generator;
}
