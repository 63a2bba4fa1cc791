/** What is still held, and where it was made: handles that JS holds, and JS values that Python holds. Recorded only when the program asked for it. */
import type { JsId } from "../binding.ts";
import { InterloopError } from "../errors.ts";
import { here, linesOf } from "../stacks.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import { JsValues } from "../environment/js-values.ts";
import { untracked } from "../environment/finalization.ts";
import { binding, environment } from "../environment/environment.ts";
import { describe } from "../convert/describe.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf } from "../environment/refs.ts";

/** Some of what is still held: all that was made at one place. */
export interface Leak {
  /** A handle of a Python object that JS holds, or a JS value that Python holds. */
  readonly kind: "handle" | "value";
  /** The type of the Python object, or the JS value in short; of the first of them. */
  readonly what: string;
  /** How many were made there and are still held. */
  readonly count: number;
  /** The JS functions that were running, innermost first, one to a line. */
  readonly stack: string;
  /** The Python functions that were running, innermost first; "" when JS was not called by Python. */
  readonly python: string;
}

interface Place {
  readonly stack: string;
  readonly python: string;
}

let looking = false;

function place(): Place {
  const stack = linesOf(here().stack).join("\n");
  // Looking makes handles of its own.
  if (looking || environment?.info === undefined) return { stack, python: "" };
  looking = true;
  try {
    return { stack, python: untracked(() => callBridge("callers") as string) };
  } catch {
    return { stack, python: "" };
  } finally {
    looking = false;
  }
}

/** How often what was collected is forgotten: whenever there is twice as much as after the last time. */
const FEW = 1024;

/** The handles that were made, each with its place. */
export class Leaks {
  #made: { readonly proxy: WeakRef<PyObject>; readonly place: Place }[] = [];
  #most = FEW;

  made(proxy: PyObject): PyObject {
    if (environment?.frame.untracked === true || looking) return proxy;
    this.#made.push({ proxy: new WeakRef(proxy), place: place() });
    if (this.#made.length > this.#most) this.#most = Math.max(FEW, 2 * this.#alive().length);
    return proxy;
  }

  *list(): Generator<readonly [what: string, place: Place]> {
    for (const item of this.#alive()) {
      const proxy = item.proxy.deref();
      if (proxy !== undefined) yield [untracked(() => callBridge("type_name", proxy) as string), item.place];
    }
  }

  #alive(): { readonly proxy: WeakRef<PyObject>; readonly place: Place }[] {
    this.#made = this.#made.filter(({ proxy }) => (handleOf(proxy.deref())?.ref ?? 0) !== 0);
    return this.#made;
  }
}

/** JS values kept for Python, each with the place where Python got it first. */
export class TracedValues extends JsValues {
  readonly #places = new Map<JsId, Place>();

  override keep(value: unknown): JsId {
    const before = this.size;
    const id = super.keep(value);
    // Kept already: where it was first.
    if (this.size > before && !environment.frame.untracked && !looking) this.#places.set(id, place());
    return id;
  }

  override keepApart(value: unknown): JsId {
    const id = super.keepApart(value);
    if (value instanceof Promise) this.#places.set(id, place());
    else this.#places.delete(id);
    return id;
  }

  override release(id: JsId): void {
    super.release(id);
    if (!this.has(id)) this.#places.delete(id);
  }

  *list(): Generator<readonly [what: string, place: Place]> {
    for (const [id, where] of this.#places) {
      const value = this.find(id);
      if (value !== undefined) yield [describe(value), where];
    }
  }
}

/** What is held now, the most of one place first. */
export function leaks(): readonly Leak[] {
  const { leaks: handles, values } = environment;
  if (handles === undefined || !(values instanceof TracedValues)) {
    throw new InterloopError("leaks-unknown", 'Nobody has recorded where handles are made: start the program with "INTERLOOP_LEAKS=1"');
  }
  // What Python has let go of may be on its way here.
  binding.drain();
  const groups = new Map<string, { kind: Leak["kind"]; what: string; count: number } & Place>();
  const count = (kind: Leak["kind"], items: Iterable<readonly [what: string, place: Place]>): void => {
    for (const [what, where] of items) {
      const key = [kind, where.stack, where.python].join("\0");
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { kind, what, count: 1, ...where });
      else group.count++;
    }
  };
  count("handle", handles.list());
  count("value", values.list());
  return [...groups.values()].toSorted((a, b) => b.count - a.count);
}

/** {@link leaks} in words; "" when nothing is held. */
export function leakReport(): string {
  const found = leaks();
  if (found.length === 0) return "";
  const total = (kind: Leak["kind"]): number => found.filter((leak) => leak.kind === kind).reduce((sum, leak) => sum + leak.count, 0);
  const groups = found.map(({ kind, what, count, stack, python }) => {
    const title =
      kind === "handle"
        ? `${count} ${count === 1 ? "handle" : "handles"} of Python objects (${what})`
        : `${count} JS ${count === 1 ? "value" : "values"} held by Python (${what})`;
    const lines = [...stack.split("\n"), ...(python === "" ? [] : ["    called by Python:", ...python.split("\n")])].filter(Boolean);
    return [title, ...lines].join("\n");
  });
  return `interloop: JS holds ${total("handle")} Python objects, Python holds ${total("value")} JS values\n\n${groups.join("\n\n")}\n`;
}
