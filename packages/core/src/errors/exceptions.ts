/** Errors on their way across: Python exceptions as {@link PyError}, JS errors in terms for Python. */
import type { Ref } from "../binding.ts";
import { isInterloopError, isPyError, PyError } from "../errors.ts";
import type { PyErrorSource, PyFrame } from "../errors.ts";
import { callsOf, here, withPassed } from "../stacks.ts";
import { errorClassOf } from "./error-classes.ts";
import { hintOf } from "../handles/error-hints.ts";
import { callBridge } from "../environment/bridge-functions.ts";
import { byReference } from "../convert/js-ref.ts";
import { environment } from "../environment/environment.ts";
import { untracked } from "../environment/finalization.ts";
import { wrap } from "../handles/handle.ts";
import type { PyObject } from "../environment/py-object.ts";
import { handleOf } from "../environment/refs.ts";
import { Refusal } from "./unsupported.ts";
import { convertToJs } from "../convert/to-js.ts";
import { isError } from "../realms.ts";

/** `Hooks.makeError`. */
export function makeError(exception: Ref, type: string, message: string, traced: boolean): PyError {
  const text = message + hintOf(type, message, traced && !environment.frame.hosting);
  return new PyError(sourceOf(untracked(() => wrap(exception, 0))), type, text, traced ? here() : undefined);
}

/** What `Hooks.explain` answers. Never throws, whatever was thrown. */
export function explain(thrown: unknown): readonly unknown[] {
  try {
    // Young handles are kept for a turn, so the Ref is good for as long as the addon needs it.
    if (thrown instanceof Refusal) return [handleOf(callBridge("builtin_error", thrown.kind, thrown.message))!.ref];
    const known = exceptionOf(thrown);
    if (known !== 0) {
      if (isPyError(thrown)) passThrough(thrown);
      return [known];
    }
    const ref = withOthers(thrown);
    if (ref !== 0) return [ref];
  } catch {
    // A disposed handle or a hostile proxy: it goes across like any other value.
  }
  const object = (typeof thrown === "object" && thrown !== null) || typeof thrown === "function";
  // Primitives are kept as well: what Python does not handle is thrown in JS again, and it is to be the same value.
  const id = object ? environment.values.keep(thrown) : environment.values.keepApart(thrown);
  try {
    if (object && isErrorLike(thrown)) {
      const code = isInterloopError(thrown) ? thrown.code : errorClassOf(thrown);
      const stack = String(thrown.stack ?? "");
      return [0, id, String(thrown.name), String(thrown.message), stack, code, callsOf(stack)];
    }
    return [0, id, thrown === null ? "null" : typeof thrown, inWords(thrown), "", "", ""];
  } catch {
    return [0, id, typeof thrown, "a thrown value that cannot be described", "", "", ""];
  }
}

/** The Ref of the Python exception that a thrown JS value stands for, or 0. */
function exceptionOf(thrown: unknown): Ref {
  if (isPyError(thrown)) return handleOf(thrown.value)?.ref ?? 0;
  const handle = handleOf(thrown);
  if (handle === undefined || handle.ref === 0) return 0;
  return callBridge("is_exception", handle.proxy) === true ? handle.ref : 0;
}

/** Python's traceback of an exception that goes on through Python names the JS functions as well that it has passed. Once for each time that JS caught it. */
function passThrough(error: PyError): void {
  const calls = passed.has(error) ? "" : callsOf((error._located ?? error._captured)?.stack ?? "");
  passed.add(error);
  if (calls !== "") callBridge("pass_through", error.value, calls);
}

const passed = new WeakSet<PyError>();

/** An error with a cause, or with others in it, is made in Python at once, so that they can be exceptions as well. 0 for all others. */
function withOthers(thrown: unknown): Ref {
  if (!isError(thrown) || (!hasCause(thrown) && membersOf(thrown).length === 0)) return 0;
  // Young handles are kept for a turn, so the Ref is good for as long as the addon needs it.
  return handleOf(new Exceptions().of(thrown))?.ref ?? 0;
}

function hasCause(error: Error): boolean {
  return error.cause !== undefined && error.cause !== null;
}

function membersOf(error: Error): readonly unknown[] {
  const { errors } = error as { errors?: unknown };
  return error.name === "AggregateError" && Array.isArray(errors) ? errors : [];
}

/** Causes further away than this are left out. */
const MOST_CAUSES = 100;
/** Groups deeper inside of each other than this are left out. */
const MOST_GROUPS = 50;

/** The exceptions for an error and for those that it leads to, one for each error: errors can name each other, and themselves. */
class Exceptions {
  /** `null` while it is being made. */
  readonly #made = new Map<Error, unknown>();
  /** Whose causes are still to be made, and how far away they are. */
  readonly #waiting: { readonly of: unknown; readonly cause: unknown; readonly distance: number }[] = [];

  /** null: there is none. */
  of(error: unknown): unknown {
    const exception = this.#make(error, 0, 0);
    // Last, and not while the exception is made: a cause may be the group that it is in.
    for (const { of, cause, distance } of this.#waiting) {
      const made = distance > MOST_CAUSES ? null : this.#make(cause, 0, distance);
      if (made !== null) callBridge("set_cause", of, made);
    }
    // V8 keeps the receivers of an error's stack, and reading a cause may have made an error that lives as long as these.
    this.#made.clear();
    this.#waiting.length = 0;
    return exception;
  }

  #make(error: unknown, depth: number, distance: number): unknown {
    if (exceptionOf(error) !== 0) return error;
    if (!isError(error)) return null;
    const known = this.#made.get(error);
    if (known !== undefined) return known;
    this.#made.set(error, null);
    const code = isInterloopError(error) ? error.code : errorClassOf(error);
    const stack = String(error.stack ?? "");
    const inside = depth === MOST_GROUPS ? [] : membersOf(error);
    const members = inside.map((member) =>
      this.#isMadeGroup(member) ? exceptionForValue(member) : (this.#make(member, depth + 1, distance) ?? exceptionForValue(member)),
    );
    const exception = callBridge("js_error", String(error.name), String(error.message), stack, code, callsOf(stack), byReference(error), null, members);
    this.#made.set(error, exception);
    if (hasCause(error)) this.#waiting.push({ of: exception, cause: error.cause, distance: distance + 1 });
    return exception;
  }

  /** Python walks groups as trees: a group that is in several others would be walked as often as there are ways to it. */
  #isMadeGroup(member: unknown): boolean {
    return isError(member) && this.#made.has(member) && membersOf(member).length > 0;
  }
}

function exceptionForValue(value: unknown): unknown {
  const [name, message] = isError(value) ? [String(value.name), String(value.message)] : [value === null ? "null" : typeof value, inWords(value)];
  return callBridge("js_error", name, message, "", "", "", byReference(value), null);
}

/** `Operation.addPythonFrames`: the stack of a JS error that comes home through Python names the Python functions as well that it has passed. */
export function addPythonFrames(error: unknown, functions: string): void {
  try {
    if (!isError(error) || typeof error.stack !== "string" || error.stack.includes(functions)) return;
    const value = withPassed(error.stack, functions);
    Object.defineProperty(error, "stack", { value, writable: true, enumerable: false, configurable: true });
  } catch {
    // Frozen or hostile: it stays as it is.
  }
}

function sourceOf(exception: PyObject): PyErrorSource {
  return {
    value: exception,
    type: () => callBridge("type_of", exception),
    traceback: () => callBridge("traceback_text", exception) as string,
    frames: () => convertToJs(callBridge("traceback_frames", exception), {}, errorOf) as PyFrame[],
    cause: () => causeOf(exception),
    errors: () => errorsOf(exception),
    notes: () => convertToJs(callBridge("notes_of", exception), {}, errorOf) as string[],
    matches: (type) => callBridge("matches", exception, type) as boolean,
  };
}

function causeOf(exception: PyObject): unknown {
  return untracked(() => errorOf(callBridge("cause_of", exception)));
}

function errorsOf(exception: PyObject): unknown[] | undefined {
  return untracked(() => {
    const group = callBridge("members_of", exception) as PyObject | null;
    return group === null ? undefined : [...group].map(errorOf);
  });
}

/** The Python exception for a JS error that is a value: the one that Python would catch. */
export function exceptionOfError(error: Error): unknown {
  return new Exceptions().of(error);
}

/** The JS error for an exception that Python hands over as a value. */
export function errorOf(cause: unknown): unknown {
  const handle = handleOf(cause);
  // What is no handle came from JS in the first place, or is None.
  if (handle === undefined) return cause ?? undefined;
  return new PyError(sourceOf(handle.proxy), callBridge("type_name", cause) as string, callBridge("message_of", cause) as string, here());
}

/** The JS error for a CancelledError of which only the text crossed; null: it has none. Undefined when Python is gone. */
export function cancelledError(text: string | null): unknown {
  try {
    return untracked(() => errorOf(callBridge("cancelled_error", ...(text === null ? [] : [text]))));
  } catch {
    return undefined;
  }
}

function isErrorLike(value: unknown): value is Error {
  return isError(value) || (typeof value === "object" && value !== null && "message" in value && "name" in value);
}

function inWords(value: unknown): string {
  if (typeof value === "function") return value.name;
  return typeof value === "object" && value !== null ? Object.prototype.toString.call(value) : String(value);
}
