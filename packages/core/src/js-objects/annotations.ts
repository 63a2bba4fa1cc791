/** What a program says of a JS function for Python's tools. */
import { InterloopError } from "../errors.ts";

/** The type of a parameter: the handle of a Python class, or text as in Python's annotations. */
export type PyAnnotation = unknown;

/** Of a JS function, for Python. */
export interface Annotations {
  /** The types of its parameters, by name. */
  readonly parameters?: Readonly<Record<string, PyAnnotation>>;
  /** The type of what it returns; of an async function, of what its promise resolves with. */
  readonly returns?: PyAnnotation;
  /** Its docstring. */
  readonly doc?: string;
  /** Its name in Python. */
  readonly name?: string;
}

/** Where they are kept: on the function, so that every copy of this package finds them. */
const ANNOTATIONS: unique symbol = Symbol.for("interloop.annotations") as never;

const MEMBERS = ["parameters", "returns", "doc", "name"];

export function annotate<F extends (...args: never[]) => unknown>(fn: F, annotations: Annotations): F {
  if (typeof fn !== "function") throw new InterloopError("bad-argument", "python.annotate takes a JavaScript function");
  if (typeof annotations !== "object" || annotations === null) throw new InterloopError("bad-argument", "The annotations of a function must be an object");
  for (const name of Object.keys(annotations)) {
    if (!MEMBERS.includes(name)) throw new InterloopError("bad-argument", `A function has no annotation "${name}"; there are ${MEMBERS.join(", ")}`);
  }
  Object.defineProperty(fn, ANNOTATIONS, { value: { ...annotations }, configurable: true, writable: true, enumerable: false });
  return fn;
}

/** What was said of the function; undefined: nothing. */
export function annotationsOf(fn: object): Annotations | undefined {
  return (fn as { readonly [ANNOTATIONS]?: Annotations })[ANNOTATIONS];
}
