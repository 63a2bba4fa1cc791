/** Helpers of Python for the object `python`, which start Python first. */
import { callHelper } from "../bridge/helpers.ts";
import type { PyObject } from "../bridge/py-object.ts";
import { refOf } from "../bridge/refs.ts";
import { ensure } from "../loop/start.ts";

/** {@link callHelper}, with Python started. */
export function ask(name: string, ...args: unknown[]): unknown {
  ensure();
  return callHelper(name, ...args);
}

/** The object, when it is a handle that can be used. */
export function checked(object: PyObject): PyObject {
  ensure();
  refOf(object, "The object");
  return object;
}
