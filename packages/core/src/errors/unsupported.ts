/** What Python asks of a JS object that has it not, in the terms that a Python program expects: not an error of JS, which would be a JsError. */
export class Refusal extends Error {
  /** The Python exception. */
  readonly kind: "TypeError" | "AttributeError" | "IndexError" | "RuntimeError";

  constructor(kind: Refusal["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}
