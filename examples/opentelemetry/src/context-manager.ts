import { getCurrentLocals, python, scope } from "@interloop/core";
import type { PyObject } from "@interloop/core";
import { createContextKey, propagation, trace } from "@opentelemetry/api";
import type { Context, ContextManager } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";

/** What was current in Python's OpenTelemetry when a context became the active one of JS. */
const IN_PYTHON = createContextKey("interloop: current in Python");

/**
 * The active span of JS is the current one of Python, and the other way round, however often a call goes back and forth.
 *
 * interloop carries AsyncLocalStorage through Python and contextvars through JS. What is left to do: a context that becomes active here becomes current in the Python
 * context of that scope; and a span that Python has started since then is the active one here. Spans and baggage cross as W3C headers, by the global propagators of both SDKs.
 */
export class InterloopContextManager extends AsyncLocalStorageContextManager implements ContextManager {
  readonly #current: () => PyObject;
  readonly #enter: (carrier: PyObject) => Iterable<PyObject>;
  readonly #carrier: () => PyObject;
  /** What is current in Python where nothing has been made current. */
  readonly #initial: PyObject;

  constructor() {
    super();
    const { current, enter, carrier, initial } = python.import("trace_context");
    this.#current = current;
    this.#enter = enter;
    this.#carrier = carrier;
    this.#initial = initial();
  }

  override active(): Context {
    const mine = super.active();
    const theirs = this.#current();
    if (python.is(theirs, mine.getValue(IN_PYTHON) ?? this.#initial)) return mine;
    const base = propagation.deleteBaggage(trace.deleteSpan(mine)).setValue(IN_PYTHON, theirs);
    const extracted = propagation.extract(base, python.toJs(this.#carrier()));
    const span = trace.getSpan(mine);
    // A span of our own that went through Python: a copy of it could not be written to.
    const same = span !== undefined && span.spanContext().spanId === trace.getSpanContext(extracted)?.spanId;
    return same ? trace.setSpan(extracted, span) : extracted;
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const carrier = {};
    propagation.inject(context, carrier);
    const [entered, current] = this.#enter(python.toPy(carrier)) as [PyObject, PyObject];
    return scope(getCurrentLocals().withContext(entered), () => super.with(context.setValue(IN_PYTHON, current), fn, thisArg, ...args));
  }
}
