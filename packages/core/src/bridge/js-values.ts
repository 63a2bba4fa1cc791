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
  readonly #named: boolean[] = [false];
  /** The id that the slot has now, or will have when it is used next. */
  readonly #current: JsId[] = [0];
  readonly #ids = new Map<unknown, JsId>();
  readonly #free: number[] = [];
  #size = 0;

  /** How many values are kept. */
  get size(): number {
    return this.#size;
  }

  /** Keep `value` under the one id that stands for it, and add a count. */
  keep(value: unknown): JsId {
    const known = this.#ids.get(value);
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
    return this.#values[slotOf(id)];
  }

  /** The value under `id`; undefined when there is none. */
  find(id: JsId): unknown {
    const slot = slotOf(id);
    return this.#current[slot] === id ? this.#values[slot] : undefined;
  }

  has(id: JsId): boolean {
    const slot = slotOf(id);
    return this.#current[slot] === id && this.#counts[slot]! > 0;
  }

  /** All values that are kept. */
  *all(): Generator<unknown> {
    for (let slot = 1; slot < this.#values.length; slot++) if (this.#counts[slot]! > 0) yield this.#values[slot];
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
    if (count !== 1) return;
    if (this.#named[slot]) this.#ids.delete(this.#values[slot]);
    this.#values[slot] = undefined;
    this.#size--;
    const next = nextId(id);
    this.#current[slot] = next ?? -1;
    if (next !== undefined) this.#free.push(slot);
  }
}
