/** References: what hands over a JS value itself where plain data would be copied. */

const REFERENCE: unique symbol = Symbol.for("interloop.reference") as never;

/**
 * A JS value that goes to Python by reference, made by `python.ref`. Python sees a `JsArray`, `JsMapping` or other `JsObject`, and what it does to that happens to the value itself.
 */
export class JsRef<T = unknown> {
  /** The value. */
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }
}

Object.defineProperty(JsRef.prototype, REFERENCE, { value: true });

/** Stands for a value that `toPy` converts whole: objects with methods as well. It comes back itself when one pass cannot do that. */
export class Whole extends JsRef<object> {}

/** Is this object made by `python.ref`, of whichever copy of this package? */
export function isReference(value: object): value is JsRef {
  try {
    return (value as Record<symbol, unknown>)[REFERENCE] === true;
  } catch {
    return false; // A revoked or hostile proxy.
  }
}

/** The value in such a form that it crosses by reference; primitives are copied anyway. */
export function byReference(value: unknown): unknown {
  return typeof value === "object" && value !== null ? new JsRef(value) : value;
}

/** What was given to `python.ref`; any other value as it is. */
export function referenced(value: unknown): unknown {
  return typeof value === "object" && value !== null && isReference(value) ? value.value : value;
}
