/** A shop. */
import { setTimeout } from "node:timers/promises";

/** What is for sale. */
export interface Item {
  readonly name: string;
  /** In cents. */
  readonly price: number;
}

export type Currency = "EUR" | "USD";

export const VAT = 19;
export const names: readonly string[] = ["tea"];

/**
 * The price of an item, in cents.
 *
 * Of a "good" \ one.
 */
export async function price(name: string, count = 1): Promise<number> {
  await setTimeout(1);
  return 100 * name.length * count;
}

export function find(name: string): Item | null {
  return name === "" ? null : { name, price: 5 };
}

export const label = (name: string, { currency = "EUR", rounded }: { currency?: Currency; rounded: boolean }): string => `${name} ${currency} ${rounded}`;

export function later(value: number): Promise<string> {
  return Promise.resolve(String(value));
}

export async function* count(end: number): AsyncGenerator<number> {
  for (let value = 0; value < end; value++) yield value;
}

export function table(): Record<string, number[]> {
  return { a: [1] };
}

export function sum(fn: (value: number) => number, ...values: number[]): number {
  return values.reduce((total, value) => total + fn(value), 0);
}

/** Holds items. */
export class Cart {
  static limit = 3;
  readonly owner: string;
  readonly #items: Item[] = [];
  constructor(owner: string) {
    this.owner = owner;
  }
  /** Add one. */
  add(item: Item): number {
    return this.#items.push(item);
  }
  async total(): Promise<bigint> {
    return this.#items.reduce((total, item) => total + BigInt(item.price), 0n);
  }
  get size(): number {
    return this.#items.length;
  }
  static of(owner: string): Cart {
    return new Cart(owner);
  }
}

export class Big extends Cart {
  labels: Map<string, boolean> | undefined;
}

// Python's names may be JavaScript's as well.
export function float(text: string): number {
  return Number(text);
}

export { join } from "node:path";
