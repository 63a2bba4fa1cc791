import { InterloopError } from "../errors.ts";
import type { JsId } from "../binding.ts";
import { nextId, slotOf } from "./ids.ts";

/**
 * JS values kept for Python, by id and counted. An entry is strong while its count is above zero and gone afterwards, so a plain Map
 * serves for the way back from value to id. See `ids.ts` for what an id is.
 */
export class JsValues {
  /** By slot; 0 is nobody's, so that no id is 0. */
  readonly #values: unknown[] = [undefined];
  readonly #counts: number[] = [0];
  readonly #named: (boolean | undefined)[] = [false];
  /** The id that the slot has now, or will have when it is used next. */
  readonly #current: JsId[] = [0];
  readonly #ids = new Map<unknown, JsId>();
  /** The ids of values that are kept weakly; their slots have a WeakRef, and are neither named nor not. */
  #loose: WeakMap<object, JsId> | undefined;
  /** What is to be kept weakly when not more than so many counts are left. */
  readonly #tooMany = new Map<JsId, number>();
  readonly #free: number[] = [];
  #size = 0;

  /** How many values are kept. */
  get size(): number {
    return this.#size;
  }

  /** Keep `value` under the one id that stands for it, and add a count. */
  keep(value: unknown): JsId {
    const known = this.#ids.get(value) ?? (this.#loose === undefined ? undefined : this.#tighten(value as object));
    if (known !== undefined) {
      this.#counts[slotOf(known)]!++;
      return known;
    }
    const id = this.keepApart(value);
    this.#named[slotOf(id)] = true;
    this.#ids.set(value, id);
    return id;
  }

  /** Keep `value` under an id of its own, with one count: cheaper, for values whose identity nobody compares. */
  keepApart(value: unknown): JsId {
    let slot = this.#free.pop();
    if (slot === undefined) {
      slot = this.#values.length;
      this.#current.push(slot);
    }
    this.#values[slot] = value;
    this.#counts[slot] = 1;
    this.#named[slot] = false;
    this.#size++;
    return this.#current[slot]!;
  }

  /** The value under `id`. Throws `handle-invalid` when there is none. */
  get(id: JsId): unknown {
    if (!this.has(id)) throw new InterloopError("handle-invalid", `No JS value is kept under the number ${id}`);
    const value = this.find(id);
    if (value === undefined && this.#named[slotOf(id)] === undefined) {
      throw new InterloopError("handle-invalid", "This promise was rejected, and JavaScript has let go of it: use the exception that Python has of it");
    }
    return value;
  }

  /** The value under `id`; undefined when there is none. */
  find(id: JsId): unknown {
    const slot = slotOf(id);
    if (this.#current[slot] !== id) return undefined;
    const value = this.#values[slot];
    return value !== undefined && this.#named[slot] === undefined ? (value as WeakRef<object>).deref() : value;
  }

  has(id: JsId): boolean {
    const slot = slotOf(id);
    return this.#current[slot] === id && this.#counts[slot]! > 0;
  }

  /** All values that are kept. */
  *all(): Generator<unknown> {
    for (let slot = 1; slot < this.#values.length; slot++) if (this.#counts[slot]! > 0) yield this.find(this.#current[slot]!);
  }

  /** Keep a value weakly as soon as there are not more counts of it than that. */
  loosen(id: JsId, counts: number): void {
    const slot = slotOf(id);
    if (!this.has(id) || this.#named[slot] === undefined) return;
    if (this.#counts[slot]! > counts) {
      this.#tooMany.set(id, counts);
      return;
    }
    this.#tooMany.delete(id);
    const value = this.#values[slot] as object;
    if (this.#named[slot]) this.#ids.delete(value);
    (this.#loose ??= new WeakMap()).set(value, id);
    this.#values[slot] = new WeakRef(value);
    this.#named[slot] = undefined;
  }

  /** A value that is kept weakly and was collected is now what `make` makes. */
  revive(id: JsId, make: () => object): void {
    const slot = slotOf(id);
    if (!this.has(id) || this.#named[slot] !== undefined || this.find(id) !== undefined) return;
    const value = make();
    this.#loose!.set(value, id);
    this.#values[slot] = new WeakRef(value);
  }

  /** Keep a value strongly again that JS hands over once more. */
  #tighten(value: object): JsId | undefined {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
    const id = this.#loose!.get(value);
    const slot = id === undefined ? 0 : slotOf(id);
    if (id === undefined || !this.has(id) || this.#named[slot] !== undefined) return undefined;
    this.#loose!.delete(value);
    this.#values[slot] = value;
    this.#named[slot] = true;
    this.#ids.set(value, id);
    return id;
  }

  /** Add a count to what is kept already. */
  retain(id: JsId): void {
    if (this.has(id)) this.#counts[slotOf(id)]!++;
  }

  /** Take one count away. */
  release(id: JsId): void {
    const slot = slotOf(id);
    if (this.#current[slot] !== id) return;
    const count = this.#counts[slot]!;
    if (count === 0) return;
    this.#counts[slot] = count - 1;
    const most = this.#tooMany.size === 0 ? undefined : this.#tooMany.get(id);
    if (count !== 1) {
      if (most !== undefined) this.loosen(id, most);
      return;
    }
    if (most !== undefined) this.#tooMany.delete(id);
    if (this.#named[slot]) this.#ids.delete(this.#values[slot]);
    this.#values[slot] = undefined;
    this.#size--;
    const next = nextId(id);
    this.#current[slot] = next ?? -1;
    if (next !== undefined) this.#free.push(slot);
  }
}
