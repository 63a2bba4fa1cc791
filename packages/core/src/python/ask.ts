/** Helpers of Python for the object `python`, which start Python first. */
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import type { PyObject } from "../environment/py-object.ts";
import { refOf } from "../environment/refs.ts";
import { ensure } from "../start/start.ts";

/** {@link callBridgeInContext}, with Python started. */
export function ask(name: string, ...args: unknown[]): unknown {
  ensure();
  return callBridgeInContext(name, ...args);
}

/** The object, when it is a handle that can be used. */
export function checked(object: object): PyObject {
  ensure();
  refOf(object, "The object");
  return object as PyObject;
}
