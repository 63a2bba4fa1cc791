"""The two exceptions of interloop: our own errors, and what JavaScript threw."""

from typing import Any


class InterloopError(RuntimeError):
    """An error of interloop itself. ``code`` is stable and the message says what to do.

    Example:
        >>> error = InterloopError("would-deadlock", "Cannot wait here")
        >>> error.code, str(error)
        ('would-deadlock', 'Cannot wait here')
    """

    code: str
    value: Any

    def __init__(self, code: str, message: str, value: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.value = value


class JsError(Exception):
    """What JavaScript threw, any value. Thrown back into JavaScript it is the same value again.

    ``name``, ``message`` and ``stack`` are those of a JavaScript Error (of anything else: its type, its text and ``""``); ``value`` is what was thrown.
    Mirrors `pyo3_async_runtimes::err::RustPanic`.

    Example:
        >>> error = JsError("TypeError", "x is not a function", "", None)
        >>> str(error)
        'TypeError: x is not a function'
    """

    name: str
    message: str
    stack: str
    value: Any

    def __init__(self, name: str, message: str, stack: str, value: Any) -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message
        self.stack = stack
        self.value = value

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.message else self.name


def from_js(name: str, message: str, stack: str, code: str, value: Any) -> BaseException:
    """Make the exception for what JavaScript threw; called by the addon."""
    if code:
        return InterloopError(code, message, value)
    return JsError(name, message, stack, value)
