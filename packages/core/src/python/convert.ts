/** Deep conversion between containers of the two languages. */
import { errorOf, exceptionOfError } from "../errors/exceptions.ts";
import type { PyObject } from "../environment/py-object.ts";
import { convertToJs } from "../convert/to-js.ts";
import type { ToJsOptions } from "../convert/to-js.ts";
import { convertToPy } from "../convert/to-py.ts";
import type { ToPyOptions } from "../convert/to-py.ts";

export type { ToJsOptions } from "../convert/to-js.ts";
export type { ToPyOptions } from "../convert/to-py.ts";

/**
 * Convert a Python value deeply: see {@link ToJsOptions}. Objects that occur twice, and cycles, keep their identity. What `toPy` makes of the result is equal to the value.
 *
 * @throws InterloopError `not-convertible` where something would be lost that no option gave up; `bad-argument` for an option that there is not.
 */
export function toJs<T = unknown>(value: unknown, options: ToJsOptions = {}): T {
  return convertToJs(value, options, errorOf) as T;
}

/**
 * Convert a JS value deeply: see {@link ToPyOptions}. Objects that occur twice, and cycles, keep their identity.
 *
 * @throws InterloopError `not-convertible` where something would be lost, or Python has no place for it; `bad-argument` for an option that there is not; PyError TypeError for a Python object as a key that cannot be hashed.
 */
export function toPy<T = PyObject>(value: unknown, options: ToPyOptions = {}): T {
  return convertToPy(value, options, exceptionOfError) as T;
}
