import { InterloopError } from "../errors.ts";
import type { JsId } from "../binding.ts";

/**
 * JS values kept for Python, by number and counted. An entry is strong while its count is above zero and gone afterwards, so a plain Map
 * serves for the way back from value to number.
 */
export class JsValues {
  /** The values, by id. 0 is nobody's. */
  readonly slots: unknown[] = [undefined];
  readonly #counts: number[] = [0];
  readonly #named: boolean[] = [false];
  readonly #ids = new Map<unknown, JsId>();
  readonly #free: JsId[] = [];

  /** How many values are kept. */
  get size(): number {
    return this.slots.length - 1 - this.#free.length;
  }

  /** Keep `value` under the one id that stands for it, and add a count. */
  keep(value: unknown): JsId {
    const known = this.#ids.get(value);
    if (known !== undefined) {
      this.#counts[known]!++;
      return known;
    }
    const id = this.keepApart(value);
    this.#named[id] = true;
    this.#ids.set(value, id);
    return id;
  }

  /** Keep `value` under an id of its own, with one count: cheaper, for values whose identity nobody compares. */
  keepApart(value: unknown): JsId {
    const id = this.#free.pop() ?? this.slots.length;
    this.slots[id] = value;
    this.#counts[id] = 1;
    this.#named[id] = false;
    return id;
  }

  /** The value under `id`. Throws `handle-invalid` when there is none. */
  get(id: JsId): unknown {
    if (!(this.#counts[id]! > 0)) throw new InterloopError("handle-invalid", `No JS value is kept under the number ${id}`);
    return this.slots[id];
  }

  /** Add a count to what is kept already. */
  retain(id: JsId): void {
    this.#counts[id]!++;
  }

  /** Take one count away. */
  release(id: JsId): void {
    const count = this.#counts[id];
    if (!(count! > 0)) return;
    this.#counts[id] = count! - 1;
    if (count !== 1) return;
    if (this.#named[id]) this.#ids.delete(this.slots[id]);
    this.slots[id] = undefined;
    this.#free.push(id);
  }
}
