/** JS classes of errors that modules export, so that Python can name them in `except`: what is thrown there is of the Python class that stands for its own. */
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import { environment } from "../environment/environment.ts";
import { isErrorPrototype, isOfEngine } from "../realms.ts";

type ErrorClass = new (...args: never[]) => Error;

/** Is it a class of errors? */
export function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === "function" && (value === Error || isErrorPrototype(value.prototype));
}

/** The number of the Python class that stands for a class of errors, made if need be; the program's own that it inherits from have one too. */
export function errorClass(fn: ErrorClass, name: string, module: string): number {
  const known = environment.errorClasses.get(fn);
  if (known !== undefined) return known;
  const parent: unknown = Object.getPrototypeOf(fn);
  const base = isErrorClass(parent) && !isOfEngine(parent) ? errorClass(parent, parent.name, module) : -1;
  const number = callBridgeInContext("make_error_class", fn, name, module, base) as number;
  environment.errorClasses.set(fn, number);
  environment.hasErrorClasses = true;
  return number;
}

/** What Python is told about the class of a thrown error: `#` and its number, or "" when no module exports it. */
export function errorClassOf(thrown: object): string {
  if (!environment.hasErrorClasses) return "";
  for (let prototype = Object.getPrototypeOf(thrown) as object | null; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const number = Object.hasOwn(prototype, "constructor") ? environment.errorClasses.get(prototype.constructor) : undefined;
    if (number !== undefined) return `#${number}`;
  }
  return "";
}
