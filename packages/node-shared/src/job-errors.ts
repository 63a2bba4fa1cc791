/** Errors between a job's worker and those who wait for it: structured clone alone would lose their types, their codes and what belongs to Python. */
import { InterloopError, isInterloopError, isPyError, python } from "@interloop/core";

/** An error, as it is sent: an error that others name several times, or that leads back to itself, is one message that is named as often, which structured clone keeps. */
export type ErrorMessage =
  | { readonly kind: "python"; readonly number: number }
  | { readonly kind: "value"; readonly value: unknown }
  | {
      readonly kind: "error" | "interloop" | "dom";
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      cause: ErrorMessage | undefined;
      errors: readonly ErrorMessage[] | undefined;
      readonly properties: Readonly<Record<string, unknown>>;
    };

interface Lender {
  lend(exception: unknown): number;
  raise_lent(number: number): void;
}

/** What lies deeper is left out: structured clone goes down on the engine's stack. */
const DEPTH = 100;

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
export function toMessage(error: unknown): ErrorMessage {
  return messageOf(error, 0, new Map());
}

function messageOf(error: unknown, depth: number, made: Map<Error, ErrorMessage>): ErrorMessage {
  if (isPyError(error)) return { kind: "python", number: lender().lend(error.value) };
  if (!(error instanceof Error)) return { kind: "value", value: canBeCloned(error) ? error : String(error) };
  const known = made.get(error);
  if (known !== undefined) return known;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const own = Object.entries(error).filter(([name, value]) => !["stack", "cause", "errors"].includes(name) && canBeCloned(value));
  const message: Extract<ErrorMessage, { cause: unknown }> = {
    kind: isInterloopError(error) ? "interloop" : error instanceof DOMException ? "dom" : "error",
    name: error.name,
    message: error.message,
    stack: error.stack,
    cause: undefined,
    errors: Array.isArray(errors) ? [] : undefined,
    properties: Object.fromEntries(own),
  };
  made.set(error, message);
  if (depth === DEPTH) return message;
  if (cause !== undefined) message.cause = messageOf(cause, depth + 1, made);
  if (Array.isArray(errors)) message.errors = errors.map((inner: unknown) => messageOf(inner, depth + 1, made));
  return message;
}

/** The error that was sent. */
export function fromMessage(sent: ErrorMessage, made: Map<ErrorMessage, unknown> = new Map()): unknown {
  if (sent.kind === "value") return sent.value;
  if (sent.kind === "python") return thrownBy(() => lender().raise_lent(sent.number));
  if (made.has(sent)) return made.get(sent);
  const { kind, name, message, stack, cause, errors, properties } = sent;
  const error =
    kind === "interloop"
      ? new InterloopError(String(properties["code"]), message)
      : kind === "dom"
        ? new DOMException(message, name)
        : errors === undefined
          ? new (types[name] ?? Error)(message)
          : new AggregateError([], message);
  made.set(sent, error);
  if (kind !== "dom") {
    Object.assign(error, properties);
    if (error.name !== name) hide(error, "name", name);
  }
  hide(error, "stack", stack);
  if (errors !== undefined)
    hide(
      error,
      "errors",
      errors.map((inner) => fromMessage(inner, made)),
    );
  if (cause !== undefined) hide(error, "cause", fromMessage(cause, made));
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
