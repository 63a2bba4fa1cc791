/**
 * Python contexts of the stores of AsyncLocalStorage: each store that the program enters has one of its own, which contains what the context around contained at that moment. What a plain call sets in a store is seen
 * later in the same store, and nowhere else.
 *
 * Entering a store costs no call of Python: a context is copied when its store first uses Python, or right before the context around it may change.
 */
import type { Ref } from "../binding.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import { untracked } from "../environment/finalization.ts";
import type { ContextContents, Locals, StoreContext } from "../environment/context.ts";
import type { PyObject } from "../environment/py-object.ts";
import { refOf } from "../environment/refs.ts";

/** What a Python context contains at some moment. */
export class Contents implements ContextContents {
  #source: ContextOwner | undefined;
  #copy: PyObject | undefined;

  constructor(source: ContextOwner | undefined, copy?: PyObject) {
    this.#source = source;
    this.#copy = copy;
  }

  /** The source is about to be entered, and may change. */
  keep(): void {
    this.#copy = this.#source!.copy();
    this.#source = undefined;
  }

  /** A new context that contains it. */
  copy(): PyObject {
    return this.#source === undefined ? copyOf(this.#copy!) : this.#source.copy();
  }

  /** The Ref of a context that contains it, to be copied only; 0: the one that this thread never leaves. */
  toCopy(): Ref {
    return this.#source === undefined ? refOf(this.#copy!, "The context") : this.#source.toCopy();
  }
}

/** Has a Python context, in which stores begin. */
abstract class ContextOwner {
  #begun: Contents | undefined = undefined;

  /** What it contains now. All stores that begin before the context is entered again share one answer. */
  contents(): Contents {
    return (this.#begun ??= new Contents(this));
  }

  /** A new context that contains the same. */
  abstract copy(): PyObject;
  /** See {@link Contents.toCopy}. */
  abstract toCopy(): Ref;

  /** Call it before an entry into the context. */
  protected mayChange(): void {
    const begun = this.#begun;
    this.#begun = undefined;
    begun?.keep();
  }
}

/** What plain calls outside of any store run in: the context that this thread never leaves. */
export class RootContext extends ContextOwner {
  #context: PyObject | undefined = undefined;

  copy(): PyObject {
    return copyOf((this.#context ??= untracked(() => callBridge("base_context") as PyObject)));
  }

  toCopy(): Ref {
    return 0;
  }

  enter(): void {
    this.mayChange();
  }
}

/** The Python context of a store. */
export class ContextOfStore extends ContextOwner implements StoreContext {
  readonly locals: Locals | undefined;
  #contents: ContextContents | undefined;
  #context: PyObject | undefined = undefined;

  constructor(contents: ContextContents, locals: Locals | undefined) {
    super();
    this.#contents = contents;
    this.locals = locals;
  }

  enter(): Ref {
    this.mayChange();
    if (this.#context === undefined) {
      this.#context = this.#contents!.copy();
      this.#contents = undefined;
    }
    return refOf(this.#context, "The context");
  }

  copy(): PyObject {
    return this.#context === undefined ? this.#contents!.copy() : copyOf(this.#context);
  }

  toCopy(): Ref {
    return this.#context === undefined ? this.#contents!.toCopy() : refOf(this.#context, "The context");
  }

  get used(): boolean {
    return this.#context !== undefined;
  }
}

/** A copy of `context`. */
export function copyOf(context: PyObject): PyObject {
  return untracked(() => callBridge("copy_of", context) as PyObject);
}
