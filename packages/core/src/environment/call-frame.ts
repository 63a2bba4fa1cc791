/**
 * Where this thread is between the two languages: a record is pushed at each place where one calls the other, and popped when that call ends. So nothing has to be saved and restored by hand.
 *
 * A call passes a few facts on to the calls inside of it, and each kind of call changes some of them. The records are kept and used again, one for each kind of call inside of another, because a call must not allocate:
 * nothing may keep one after {@link CallFrame.pop}. A stack overflow may skip the innermost pop: the pop around it brings the right record back, and a record that was left filled is cleared at its next use.
 */
import type { Locals, Observer, Origin } from "./context.ts";

/** What calls which. */
const Kind = { calling: 0, served: 1, starting: 2, host: 3, untrack: 4, carry: 5 } as const;

export class CallFrame {
  /** How many JS functions Python is calling at this moment, one inside the other. */
  readonly depth: number = 0;
  /** The guest loop is running on this thread: we are inside a pump or a first step. */
  readonly hosting: boolean = false;
  /** The synchronous part of a call of another thread runs: Python is not on this thread's stack. */
  readonly serving: boolean = false;
  /** Handles that are made now are our own: nobody is told of them. */
  readonly untracked: boolean = false;
  readonly #outer: CallFrame | undefined;
  /** The record of the innermost call that Python may cancel, or the outermost record. */
  readonly #owner: CallFrame;
  #locals: Locals | undefined = undefined;
  #store: object | undefined = undefined;
  #carried: Origin | undefined = undefined;
  #call: Observer | undefined = undefined;
  /** Is one of these four set? */
  #filled = false;
  #calling: CallFrame | undefined = undefined;
  /** Of the other kinds. */
  readonly #inner: (CallFrame | undefined)[] = [undefined, undefined, undefined, undefined, undefined, undefined];

  /** Without arguments: outside of any call. */
  constructor(outer?: CallFrame, kind?: number) {
    this.#outer = outer;
    this.#owner = this;
    if (outer === undefined) return;
    this.depth = outer.depth + (kind === Kind.calling ? 1 : 0);
    this.hosting = outer.hosting || kind === Kind.host;
    this.serving = kind === Kind.served || (outer.serving && kind !== Kind.calling);
    this.untracked = outer.untracked || kind === Kind.untrack;
    if (kind === Kind.host || kind === Kind.untrack || kind === Kind.carry) this.#owner = outer.#owner;
  }

  /** The call of a JS function by Python, or the function form of a conversion, whose synchronous part runs; undefined until somebody asks for its signal. */
  get call(): Observer | undefined {
    return this.#owner.#call;
  }

  set call(call: Observer | undefined) {
    this.#owner.#call = call;
    this.#owner.#filled = true;
  }

  /** The locals of the JS function that Python is calling: its Python context is current already. */
  get locals(): Locals | undefined {
    return this.#locals;
  }

  /** The store that it was called in. */
  get store(): object | undefined {
    return this.#store;
  }

  /** The async context that the call of a Python object carries along: its awaitable result takes it. What is made further in captures its own. */
  get carried(): Origin | undefined {
    return this.#carried;
  }

  /** The function's async context has been entered. */
  enter(locals: Locals | undefined, store: object | undefined): void {
    this.#locals = locals;
    this.#store = store;
    this.#filled = true;
  }

  /** Python calls a JS function on this thread. */
  calling(): CallFrame {
    const frame = (this.#calling ??= new CallFrame(this, Kind.calling));
    if (frame.#filled) frame.#clear();
    if (this.#filled) frame.enter(this.#locals, this.#store);
    return frame;
  }

  /** Python calls a JS function from another thread. */
  served(): CallFrame {
    return this.#push(Kind.served);
  }

  /** JS starts something that Python may cancel. */
  starting(call: Observer): CallFrame {
    const frame = this.#push(Kind.starting);
    frame.call = call;
    return frame;
  }

  /** The guest loop runs. */
  host(): CallFrame {
    return this.#push(Kind.host);
  }

  /** Handles of our own are made. */
  untrack(): CallFrame {
    return this.#push(Kind.untrack);
  }

  /** JS calls a Python object, and `origin` goes along. */
  carry(origin: Origin | undefined): CallFrame {
    const frame = this.#push(Kind.carry);
    frame.#carried = origin;
    frame.#filled = true;
    return frame;
  }

  /** The call is over, and the record holds nothing of it any more. Returns the record around it. */
  pop(): CallFrame {
    if (this.#filled) this.#clear();
    return this.#outer!;
  }

  #clear(): void {
    this.#locals = this.#store = this.#carried = this.#call = undefined;
    this.#filled = false;
  }

  #push(kind: number): CallFrame {
    const frame = (this.#inner[kind] ??= new CallFrame(this, kind));
    if (frame.#filled) frame.#clear();
    if (this.#filled) frame.enter(this.#locals, this.#store);
    return frame;
  }
}
