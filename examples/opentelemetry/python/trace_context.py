"""The Python half of the context manager: it puts a JS span into a Python context, and tells JS which span is current in Python."""

import contextvars
from typing import Any

from opentelemetry import context, propagate, trace


def enter(carrier: "dict[str, str]") -> "tuple[contextvars.Context, context.Context]":
    """A copy of the current contextvars in which the span and the baggage of `carrier` are current; and what OpenTelemetry keeps there."""
    entered = contextvars.copy_context()
    return entered, entered.run(attach, carrier)


def attach(carrier: "dict[str, str]") -> context.Context:
    current = trace.get_current_span()
    extracted = propagate.extract(carrier, context=context.get_current())
    if trace.get_current_span(extracted).get_span_context().span_id == current.get_span_context().span_id:
        # A span of Python's own that went through JS: a copy of it could not be written to.
        extracted = trace.set_span_in_context(current, extracted)
    context.attach(extracted)
    return extracted


def current() -> context.Context:
    """What is current now. Each change makes a new object."""
    return context.get_current()


def initial() -> context.Context:
    """What is current where nothing was made so."""
    return contextvars.Context().run(context.get_current)


def carrier() -> "dict[str, Any]":
    """The current span and baggage as W3C headers."""
    headers: dict[str, Any] = {}
    propagate.inject(headers)
    return headers
