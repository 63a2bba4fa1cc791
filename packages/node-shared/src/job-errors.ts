/** Errors between a job's worker and those who wait for it: structured clone alone would lose their types, their codes and what belongs to Python. */
import { InterloopError, isInterloopError, isPyError, python } from "@interloop/core";

/** An error, as it is sent. */
export type ErrorMessage =
  | { readonly kind: "python"; readonly number: number }
  | { readonly kind: "value"; readonly value: unknown }
  | {
      readonly kind: "error" | "interloop" | "dom";
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly cause: ErrorMessage | undefined;
      readonly errors: readonly ErrorMessage[] | undefined;
      readonly properties: Readonly<Record<string, unknown>>;
    };

interface Lender {
  lend(exception: unknown): number;
  raise_lent(number: number): void;
}

// Causes can go round in circles.
const DEPTH = 8;

// What a type's name alone brings back.
const types: Readonly<Record<string, new (message: string) => Error>> = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

/** Python's exceptions go by number: they are the same objects in all threads. */
function lender(): Lender {
  return python.import("interloop._blocking") as unknown as Lender;
}

function canBeCloned(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** What is sent for `error`, which may be any value. */
export function toMessage(error: unknown, depth = 0): ErrorMessage {
  if (isPyError(error)) return { kind: "python", number: lender().lend(error.value) };
  if (!(error instanceof Error)) return { kind: "value", value: canBeCloned(error) ? error : String(error) };
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const own = Object.entries(error).filter(([name, value]) => !["stack", "cause", "errors"].includes(name) && canBeCloned(value));
  return {
    kind: isInterloopError(error) ? "interloop" : error instanceof DOMException ? "dom" : "error",
    name: error.name,
    message: error.message,
    stack: error.stack,
    cause: cause === undefined || depth === DEPTH ? undefined : toMessage(cause, depth + 1),
    errors: Array.isArray(errors) && depth < DEPTH ? errors.map((inner: unknown) => toMessage(inner, depth + 1)) : undefined,
    properties: Object.fromEntries(own),
  };
}

/** The error that was sent. */
export function fromMessage(sent: ErrorMessage): unknown {
  if (sent.kind === "value") return sent.value;
  if (sent.kind === "python") return thrownBy(() => lender().raise_lent(sent.number));
  const { kind, name, message, stack, cause, errors, properties } = sent;
  const error =
    kind === "interloop"
      ? new InterloopError(String(properties["code"]), message)
      : kind === "dom"
        ? new DOMException(message, name)
        : errors === undefined
          ? new (types[name] ?? Error)(message)
          : new AggregateError(errors.map(fromMessage), message);
  if (kind !== "dom") {
    Object.assign(error, properties);
    if (error.name !== name) hide(error, "name", name);
  }
  hide(error, "stack", stack);
  if (cause !== undefined) hide(error, "cause", fromMessage(cause));
  return error;
}

function thrownBy(raise: () => void): unknown {
  try {
    raise();
  } catch (error) {
    return error;
  }
  return undefined;
}

function hide(error: object, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, writable: true, enumerable: false, configurable: true });
}
