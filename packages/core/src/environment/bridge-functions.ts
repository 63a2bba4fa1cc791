/** What core needs of Python beyond the addon's own operations: the functions of `interloop._bridge`, looked up once. */
import type { Ref } from "../binding.ts";
import { InterloopError } from "../errors.ts";
import { untracked } from "./finalization.ts";
import { binding, prepare, tracksContext } from "./environment.ts";
import { handleOf } from "./refs.ts";

// The handles are kept for as long as this environment lives.
const functions = new Map<string, object>();
const refs = new Map<string, Ref>();

/** The Ref of a function of `interloop._bridge`. */
function helper(name: string): Ref {
  const known = refs.get(name);
  if (known !== undefined) return known;
  const found = untracked(() => {
    const module = handleOf(binding.importModule("interloop._bridge") as object);
    return binding.getAttr(module!.ref, name) as object;
  });
  const handle = handleOf(found);
  if (handle === undefined)
    throw new InterloopError("bad-argument", `"interloop._bridge" has no function "${name}"; the Python package and core are of different versions`);
  functions.set(name, found);
  refs.set(name, handle.ref);
  return handle.ref;
}

/** Call a function of `interloop._bridge` as the program's own call: its context and async context go along. */
export function callBridgeInContext(name: string, ...args: unknown[]): unknown {
  const ref = helper(name);
  if (tracksContext) prepare();
  return binding.call(ref, ...args);
}

/** Call a function of `interloop._bridge` that runs none of the program's code. */
export function callBridge(name: string, ...args: unknown[]): unknown {
  return binding.call(helper(name), ...args);
}
