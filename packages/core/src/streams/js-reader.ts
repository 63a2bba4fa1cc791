/**
 * Something that JS can iterate over, iterated by Python. Items are read ahead, up to the mark, and wait here; Python takes all that there are with one call, and when there are none it awaits a promise.
 *
 * That promise is not resolved at the first item but when no further one has come for some microtasks, so that sources with many items at hand are asked for by the batch.
 */
import { binding, environment } from "../environment/environment.ts";
import { handleOf, live } from "../environment/refs.ts";
import type { PyObject } from "../environment/py-object.ts";
import { openSource } from "./js-source.ts";
import type { JsSource } from "./js-source.ts";
import { feedStream, inTurn, step } from "./streams.ts";
import type { Home } from "./streams.ts";

/** An async generator takes about three microtasks per item. */
const PATIENCE = 8;

/** Arguments of one call; more are a burden to the engine's stack. */
const MOST = 4096;

const resolved = Promise.resolve();
const never = (): boolean => false;

/** What the function form is given. The signal is made when it is asked for: most sources do not look at it. */
class Leaving {
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  /** Does anybody listen? */
  abort(): boolean {
    this.#controller?.abort();
    return this.#controller !== undefined;
  }
}

export class JsReader {
  readonly #mark: number;
  readonly #home: Home;
  /** The source is to go on when Python leaves. */
  readonly #isKept: () => boolean;
  /** Until it was called. What is not needed any more is let go of: an error of the source may lead back to this reader. */
  #make: ((context: { readonly signal: AbortSignal }) => unknown) | undefined;
  readonly #leaving: Leaving = new Leaving();
  #source: JsSource | undefined = undefined;
  /** Takes items in Python. */
  #feed: PyObject | undefined = undefined;
  /** Where Python waits for them, on most loops. */
  #receiver: PyObject | undefined = undefined;
  #items: unknown[] = [];
  /** How many items may still be read. */
  #credit = 0;
  #reading = false;
  /** Results that are on their way and that nobody wants any more. */
  #stale = 0;
  #ended = false;
  /** `return()` of the source was called. */
  #returned = false;
  #failure: { readonly error: unknown } | undefined = undefined;
  #refused: { readonly error: unknown } | undefined = undefined;
  #sent: unknown = undefined;
  #wake: (() => void) | undefined = undefined;
  /** Python waits to be fed. */
  #hungry = false;
  /** The last batch was full: the next one may well be. */
  #fast = false;
  #hopping = false;
  #looking = false;
  #seen = 0;
  #idle = 0;

  constructor(make: (context: { readonly signal: AbortSignal }) => unknown, mark: number, home: Home, isKept: () => boolean = never) {
    this.#make = make;
    this.#mark = mark;
    this.#home = home;
    this.#isKept = isKept;
  }

  /** Python asks for the next items. Undefined: they were fed. True: they will be. A promise: ask again then. False: there are none. */
  readonly pull = (sent: unknown, feed?: PyObject, receiver?: PyObject | null): unknown => {
    if (feed !== undefined) this.#begin(feed, receiver ?? undefined);
    const refused = this.#refused;
    if (refused !== undefined) {
      this.#refused = undefined;
      throw refused.error;
    }
    if (sent !== null && sent !== undefined) this.#sent = sent;
    if (!this.#ended) {
      this.#credit = this.#mark - this.#items.length;
      this.#read();
    }
    if (this.#items.length > 0) {
      binding.call(live(handleOf(this.#feed)!), ...this.#takeAll());
      return undefined;
    }
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#failure = undefined;
      throw failure.error;
    }
    if (this.#ended) return false;
    // While our own loop runs JS is not blocked; otherwise let the promise see to it that nobody waits for ever.
    return environment.frame.hosting ? (this.#hungry = true) : new Promise<void>(this.#setWake);
  };

  /** Throw into the source what `raise` raises; what it answers with is the next item. */
  readonly throw = (raise: () => void): void => {
    if (this.#ended) return;
    const error = thrownBy(raise);
    this.#items = [];
    if (this.#reading) this.#stale++;
    this.#credit = 1;
    const source = this.#source!;
    if (source.throw !== undefined) this.#step(() => source.throw!(error));
    else void this.#closeAndFail(error);
  };

  /** Python leaves: close the source, once. A promise where there is something to wait for. */
  readonly leave = (cancelled: boolean): Promise<void> | undefined => {
    this.#feed?.[Symbol.dispose]();
    this.#receiver?.[Symbol.dispose]();
    this.#feed = this.#receiver = undefined;
    this.#items = [];
    this.#hungry = false;
    this.#wake?.();
    this.#wake = undefined;
    if (this.#ended) {
      this.#source = undefined;
      return undefined;
    }
    this.#ended = true;
    const listening = this.#leaving.abort();
    const reading = this.#reading;
    const interrupt = reading ? this.#source!.interrupt : undefined;
    interrupt?.();
    const closed = this.#close();
    this.#source = undefined;
    // A source that awaits something of its own, and does not listen, ends when it likes: who is cancelled does not wait for that.
    return closed === undefined || (cancelled && reading && interrupt === undefined && !listening) ? undefined : closed;
  };

  #begin(feed: PyObject, receiver: PyObject | undefined): void {
    this.#feed = feed;
    this.#receiver = receiver;
    const make = this.#make!;
    this.#make = undefined;
    try {
      this.#source = this.#home(() => openSource(make(this.#leaving)));
    } catch (error) {
      this.#ended = true;
      throw error;
    }
  }

  /** Call `return()` of the source; undefined when there is nothing to wait for. */
  #close(): Promise<void> | undefined {
    const { return: leave, sync } = this.#source!;
    if (leave === undefined || this.#returned || this.#isKept()) return undefined;
    this.#returned = true;
    const left = this.#home(leave);
    return sync ? undefined : Promise.resolve(left).then(() => undefined);
  }

  async #closeAndFail(error: unknown): Promise<void> {
    this.#reading = true;
    let failure = { error };
    try {
      await this.#close();
    } catch (closing) {
      failure = { error: closing };
    }
    this.#end(failure);
  }

  #read(): void {
    while (this.#credit > 0 && !this.#reading && !this.#ended) this.#step(this.#next);
  }

  readonly #next = (): unknown => {
    const sent = this.#sent;
    this.#sent = undefined;
    return this.#source!.next(sent);
  };

  #step(read: () => unknown): void {
    let result: unknown;
    try {
      result = this.#home(read);
    } catch (error) {
      this.#end({ error });
      return;
    }
    if (this.#source!.sync) this.#take(result);
    else {
      this.#reading = true;
      (result instanceof Promise ? result : Promise.resolve(result)).then(this.#onResult, this.#onError);
    }
  }

  readonly #onResult = (result: unknown): void => {
    if (this.#isStale()) return;
    this.#reading = false;
    this.#take(result);
    this.#read();
    if (this.#isAwaited()) this.#wakeSoon();
  };

  readonly #onError = (error: unknown): void => {
    if (!this.#isStale()) this.#end({ error });
  };

  #isStale(): boolean {
    if (this.#stale === 0) return this.#ended;
    this.#stale--;
    return true;
  }

  #take(result: unknown): void {
    if (typeof result !== "object" || result === null) {
      this.#end({ error: new TypeError(`The iterator's result is not an object but ${String(result)}`) });
      return;
    }
    const { done, value } = result as IteratorResult<unknown, unknown>;
    if (done === true) this.#end(undefined);
    else {
      this.#items.push(value);
      this.#credit--;
    }
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    this.#ended = true;
    this.#reading = false;
    this.#failure = failure;
    if (this.#isAwaited()) this.#wakeNow();
  }

  #takeAll(): readonly unknown[] {
    const items = this.#items;
    this.#items = items.length > MOST ? items.splice(MOST) : [];
    return items;
  }

  #isAwaited(): boolean {
    return this.#hungry || this.#wake !== undefined;
  }

  readonly #setWake = (wake: () => void): void => {
    this.#wake = wake;
  };

  #wakeNow(): void {
    if (this.#hungry) {
      this.#hungry = false;
      inTurn(this.#feedAll);
      return;
    }
    const wake = this.#wake!;
    this.#wake = undefined;
    wake();
  }

  readonly #feedAll = (): void => {
    if (this.#feed === undefined) return;
    let asked = false;
    try {
      asked = this.#give(this.#takeAll());
    } catch (error) {
      // There is an item that cannot cross, such as a disposed handle: Python gets the error when it asks again.
      this.#refused = { error };
      this.#give([]);
    }
    if (!asked) return;
    this.#hungry = true;
    if (!this.#ended) {
      this.#credit = this.#mark - this.#items.length;
      this.#read();
    }
    if (this.#hungry && (this.#ended || this.#items.length > 0)) this.#wakeNow();
  };

  /** Let the Task go on with these items; true when it has taken them and asked for more. */
  #give(items: readonly unknown[]): boolean {
    if (this.#receiver !== undefined) return feedStream(this.#receiver, items);
    step(this.#feed!, items);
    return false;
  }

  #wakeSoon(): void {
    if (this.#credit === 0) {
      this.#fast = true;
      this.#wakeNow();
    } else if (this.#fast) this.#wakeAfterTurn();
    else if (!this.#looking) {
      this.#looking = true;
      this.#seen = this.#items.length;
      this.#idle = 0;
      void resolved.then(this.#look);
    }
  }

  /** Counting microtasks would cost as much as the items do; one macrotask serves the many batches that come before it. */
  #wakeAfterTurn(): void {
    if (this.#hopping) return;
    this.#hopping = true;
    environment.runMacrotask(() => {
      this.#hopping = this.#fast = false;
      if (this.#isAwaited() && this.#items.length > 0) this.#wakeNow();
    });
  }

  readonly #look = (): void => {
    if (this.#items.length !== this.#seen) {
      this.#seen = this.#items.length;
      this.#idle = 0;
    } else this.#idle++;
    if (this.#isAwaited() && this.#idle < PATIENCE && !this.#fast) {
      void resolved.then(this.#look);
      return;
    }
    this.#looking = false;
    if (this.#isAwaited() && !this.#fast) this.#wakeNow();
  };
}

function thrownBy(raise: () => void): unknown {
  try {
    raise();
  } catch (error) {
    return error;
  }
  return undefined;
}
