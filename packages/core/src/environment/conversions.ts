/** The conversions of Python awaitables in flight, by id: how each promise is settled. */
import { nextId, slotOf } from "./ids.ts";

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

/** Stands for the functions of a promise that is not made yet: the conversion is being started. */
export const starting = (): void => {};

/** See `ids.ts` for what an id is. The arrays have an entry for each slot. */
export class Conversions {
  /** The id that the slot has now, or will have when it is used next. */
  readonly #ids: number[] = [];
  readonly #resolvers: (Resolve | undefined)[] = [];
  readonly #rejecters: (Reject | undefined)[] = [];
  readonly #free: number[] = [];

  /** A new conversion, which is {@link starting}. */
  begin(): number {
    let slot = this.#free.pop();
    if (slot === undefined) {
      slot = this.#ids.length;
      this.#ids.push(slot);
    }
    this.#resolvers[slot] = starting;
    return this.#ids[slot]!;
  }

  /** The promise of a conversion that has not ended while it was started. */
  promise(id: number, resolve: Resolve, reject: Reject): void {
    const slot = slotOf(id);
    this.#resolvers[slot] = resolve;
    this.#rejecters[slot] = reject;
  }

  /** Undefined when the conversion has ended. */
  resolver(id: number): Resolve | undefined {
    const slot = slotOf(id);
    return this.#ids[slot] === id ? this.#resolvers[slot] : undefined;
  }

  rejecter(id: number): Reject | undefined {
    const slot = slotOf(id);
    return this.#ids[slot] === id ? this.#rejecters[slot] : undefined;
  }

  /** Resolve in another way. Does nothing when the conversion has ended. */
  replaceResolver(id: number, resolve: Resolve): void {
    const slot = slotOf(id);
    if (this.#ids[slot] === id) this.#resolvers[slot] = resolve;
  }

  isPending(id: number): boolean {
    return this.resolver(id) !== undefined;
  }

  /** Forget a conversion, whose id names nothing from now on. Does nothing when it has ended before. */
  end(id: number): void {
    const slot = slotOf(id);
    if (this.#ids[slot] !== id || this.#resolvers[slot] === undefined) return;
    this.#resolvers[slot] = this.#rejecters[slot] = undefined;
    const next = nextId(id);
    this.#ids[slot] = next ?? -1;
    if (next !== undefined) this.#free.push(slot);
  }
}
