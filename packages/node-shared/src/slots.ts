/** So many at once, and so many waiting in the order in which they came. */
export class Slots {
  readonly #size: number;
  readonly #queue: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(size: number, queue: number) {
    this.#size = size;
    this.#queue = queue;
  }

  get isFull(): boolean {
    return this.#taken + this.#waiting.size >= this.#size + this.#queue;
  }

  /** Resolves when there is a slot for the caller, who gives it back; rejects with the signal's reason when that aborts first. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken >= this.#size) {
      await new Promise<void>((resolve, reject) => {
        const begin = (): void => {
          signal.removeEventListener("abort", giveUp);
          resolve();
        };
        const giveUp = (): void => {
          this.#waiting.delete(begin);
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", giveUp, { once: true });
        this.#waiting.add(begin);
      });
    } else this.#taken++;
  }

  /** The slot passes to whoever has waited longest. */
  giveBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
