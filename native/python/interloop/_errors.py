"""The two exceptions of interloop: our own errors, and what JavaScript threw."""

import asyncio
import copy
import sys
import traceback
import types
from collections.abc import Iterator
from typing import Any, TypeVar

from . import _main_frame

NO_RUNTIME = (
    "There is no JavaScript in this process: run the program with `python3 -m interloop`, let it begin with `import interloop.auto`, "
    "or start it with interloop-node, interloop-deno or interloop-bun"
)


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

    def __reduce__(self) -> Any:
        return InterloopError, (self.code, *self.args, _plain(self.value)), _state(self)

    def __copy__(self) -> "InterloopError":
        return _like(self, InterloopError(self.code, str(self), self.value))

    def __deepcopy__(self, memo: object) -> "InterloopError":
        return self.__copy__()


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

    # The text can be pickled, what was thrown only where it is plain: a JavaScript object stays in its process. A copy has the same object.
    def __reduce__(self) -> Any:
        return JsError, (self.name, self.message, self.stack, _plain(self.value)), _state(self)

    def __copy__(self) -> "JsError":
        return _like(self, make(type(self), self.name, self.message, self.stack, self.value))

    def __deepcopy__(self, memo: object) -> "JsError":
        return self.__copy__()


if sys.version_info >= (3, 11):

    class JsErrorGroup(JsError, ExceptionGroup):
        """A JavaScript AggregateError, as an ExceptionGroup of what it holds; `except*` takes it apart. Before Python 3.11 it is a plain JsError."""

        def __new__(cls, name: str, message: str, stack: str, value: Any, members: "tuple[BaseException, ...]") -> "JsErrorGroup":
            return ExceptionGroup.__new__(cls, message, members)

        def __init__(self, name: str, message: str, stack: str, value: Any, members: "tuple[BaseException, ...]") -> None:
            self.name = name
            self.stack = stack
            self.value = value

        def __str__(self) -> str:
            return JsError.__str__(self)

        def __reduce__(self) -> Any:
            return JsErrorGroup, (self.name, self.message, self.stack, _plain(self.value), self.exceptions), _state(self)

        def __copy__(self) -> "JsErrorGroup":
            return _like(self, JsErrorGroup(self.name, self.message, self.stack, self.value, self.exceptions))

        def __deepcopy__(self, memo: Any) -> "JsErrorGroup":
            members = tuple(copy.deepcopy(member, memo) for member in self.exceptions)
            return _like(self, JsErrorGroup(self.name, self.message, self.stack, self.value, members))

        def derive(self, excs: Any) -> Any:
            return ExceptionGroup(self.message, excs)


_Error = TypeVar("_Error", bound=BaseException)
_OWN_FIELDS = ("name", "message", "stack", "value", "code", "_thrown")


def make(kind: "type[JsError]", name: str, message: str, stack: str, value: Any) -> JsError:
    """An exception of a class that may construct JavaScript objects when it is called."""
    error: JsError = kind.__new__(kind, name, message)
    JsError.__init__(error, name, message, stack, value)
    return error


def _plain(value: Any) -> Any:
    return value if isinstance(value, (type(None), bool, int, float, str)) else None


def _state(error: BaseException) -> "dict[str, Any]":
    """What the program has added, notes for one."""
    return {name: value for name, value in vars(error).items() if name not in _OWN_FIELDS}


def _like(error: BaseException, made: _Error) -> _Error:
    """A copy with what else the exception has; its causes stay what they are."""
    made.__dict__.update(vars(error))
    made.__cause__, made.__context__ = error.__cause__, error.__context__
    made.__suppress_context__ = error.__suppress_context__
    return made.with_traceback(error.__traceback__)


# Classes of errors that JavaScript exports to Python
_classes: "list[type[JsError]]" = []


def register(kind: "type[JsError]") -> int:
    """Let what JavaScript throws be of this class, when it says so. The answer is what it has to say."""
    _classes.append(kind)
    return len(_classes) - 1


def class_of(number: int) -> "type[JsError]":
    return _classes[number]


def from_js(name: str, message: str, stack: str, code: str, value: Any, calls: str = "", members: "tuple[BaseException, ...]" = ()) -> BaseException:
    """Make the exception for what JavaScript threw; called by the addon."""
    error: BaseException
    if code.startswith("#") and not members:
        error = make(_classes[int(code[1:])], name, message, stack, value)
    elif code and not code.startswith("#"):
        error = InterloopError(code, message, value)
    elif members and sys.version_info >= (3, 11) and all(isinstance(member, Exception) for member in members):
        error = JsErrorGroup(name, message, stack, value, members)
    else:
        error = JsError(name, message, stack, value)
    return pass_through(error, calls) if calls else error


# JavaScript functions in Python's tracebacks

_OURS: "dict[str, Any]" = {"__name__": "JavaScript"}
_MOST_FRAMES = 512
_frames: "dict[tuple[str, str, int], types.FrameType]" = {}


def _generator() -> "Iterator[None]":
    yield


_TEMPLATE = _generator.__code__


def _frame(name: str, file: str, line: int) -> types.FrameType:
    """A frame that says that it is of this function, file and line."""
    key = name, file, line
    found = _frames.get(key)
    if found is None:
        code = _TEMPLATE.replace(co_name=name, co_filename=file, co_firstlineno=line)
        if sys.version_info >= (3, 11):
            code = code.replace(co_qualname=name)
        # Of a generator that never runs: unlike the frame of a call it does not hold on to whoever called.
        found = types.FunctionType(code, _OURS)().gi_frame
        assert found is not None
        if len(_frames) >= _MOST_FRAMES:
            _frames.clear()
        _frames[key] = found
    return found


# Exceptions and their classes may have attributes of these names, or raise where they are asked for them.
name_of: Any = type.__dict__["__name__"].__get__
traceback_of: Any = BaseException.__dict__["__traceback__"].__get__
_with_traceback: Any = BaseException.with_traceback


def pass_through(error: BaseException, calls: str) -> BaseException:
    """Put JavaScript's calls (innermost first: name, file and line, joined by NUL) around the traceback of an exception that comes through them."""
    parts = calls.split("\0")
    passed: Any = traceback_of(error)
    for index in range(0, len(parts) - 2, 3):
        line = int(parts[index + 2])
        # An instruction of -1: there is no code to underline.
        passed = types.TracebackType(passed, _frame(parts[index], parts[index + 1], line), -1, line)
    _with_traceback(error, passed)
    return error


# How asyncio itself makes a Future.
_ASYNCIO = asyncio.base_events.__file__, traceback.__file__
_MOST_CALLERS = 24
_OWN = __file__.rpartition("_errors")[0], _main_frame.FILE  # this package, and the frame below JavaScript's calls


def without_own(traceback: "types.TracebackType | None") -> "types.TracebackType | None":
    """The traceback without the functions of this package: they stand between two that the program knows."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_OWN):
        traceback = traceback.tb_next
    step = traceback
    while step is not None:
        following = step.tb_next
        if following is not None and following.tb_frame.f_code.co_filename.startswith(_OWN):
            step.tb_next = following.tb_next
        else:
            step = following
    return traceback


def passed(error: BaseException) -> str:
    """The Python functions that a JavaScript error has passed, as lines of a JavaScript stack, innermost first."""
    lines: list[str] = []
    step = error.__traceback__
    while step is not None and step.tb_frame.f_globals is not _OURS:
        code = step.tb_frame.f_code
        if not code.co_filename.startswith(_OWN):
            lines.append(f"    at {code.co_name} ({code.co_filename}:{step.tb_lineno})")
        step = step.tb_next
    return "\n".join(reversed(lines))


def callers() -> str:
    """The Python functions that call JavaScript now, as lines of a JavaScript stack, innermost first."""
    lines: list[str] = []
    frame: types.FrameType | None = sys._getframe()
    while frame is not None and len(lines) < _MOST_CALLERS:
        code = frame.f_code
        if not code.co_filename.startswith(_OWN):
            lines.append(f"    at {code.co_name} ({code.co_filename}:{frame.f_lineno})")
        frame = frame.f_back
    return "\n".join(lines)


def made_at(future: Any, calls: str) -> None:
    """Add JavaScript's calls to what a Future of a loop in debug mode knows of where it was made; asyncio prints that."""
    known: list[traceback.FrameSummary] | None = getattr(future, "_source_traceback", None)
    if known is None or not calls:
        return
    while known and known[-1].filename in _ASYNCIO:
        del known[-1]
    parts = calls.split("\0")
    known.extend(traceback.FrameSummary(parts[index + 1], int(parts[index + 2]), parts[index]) for index in reversed(range(0, len(parts) - 2, 3)))


def for_future(error: BaseException) -> BaseException:
    """What a future takes for `error`: StopIteration would end whatever awaits it, so it becomes what it becomes in a coroutine."""
    if not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError("JavaScript promise rejected with StopIteration")
    wrapped.__cause__ = wrapped.__context__ = error
    return wrapped
