"""The frame of `__main__` below what JavaScript calls. Used by the addon, which says why in `main_frame.h`."""

import functools
import opcode
import sys
import types
from collections.abc import Callable
from typing import Any, TypeVar

FILE = "<javascript>"

_F = TypeVar("_F", bound=Callable[..., Any])


def boundary(function: _F) -> _F:
    """A function like this one, without its frame in tracebacks. Outside a JavaScript runtime the function itself."""
    try:
        from _interloop import boundary as make_boundary
    except ImportError:
        return function
    made: Any = make_boundary(function)
    functools.update_wrapper(made, function)
    return made  # type: ignore[no-any-return]


def disguise(function: _F) -> _F:
    """Let tracebacks say that the coroutine or generator function is JavaScript's: it runs in a frame of its own, which nothing can hide."""
    rename(function, "")
    return function


def rename(function: Any, name: str) -> None:
    """Let tracebacks show the function under this name ("": its own) and as JavaScript's."""
    code: types.CodeType = function.__code__
    code = code.replace(co_filename=FILE, co_firstlineno=1, co_name=name or code.co_name)
    if name and sys.version_info >= (3, 11):
        code = code.replace(co_qualname=name)
    function.__code__ = code


_proceed: "Callable[[], Any] | None" = None
_MOST_PLACES = 512
_places: "dict[str, types.FunctionType]" = {}


def make(proceed: "Callable[[], Any]") -> types.FunctionType:
    """A function that calls `proceed` from a frame of `__main__`, whose locals are the module's globals, as those of a module's own code are."""
    global _proceed
    _proceed = proceed
    return _function("<module>", FILE, 1)


def make_at(place: str) -> "types.FunctionType | None":
    """The same, with the name, the file and the line of a place in JavaScript."""
    found = _places.get(place)
    if found is None and place:
        name, file, line = place.split("\0")
        if len(_places) >= _MOST_PLACES:
            _places.clear()
        found = _places[place] = _function(name, file, int(line))
    return found


def _function(name: str, file: str, line: int) -> types.FunctionType:
    code = compile("('proceed' if True else None)()", file, "eval")
    constants = tuple(_proceed if constant == "proceed" else constant for constant in code.co_consts)
    code = code.replace(co_consts=constants, co_name=name, co_firstlineno=line)
    return types.FunctionType(code, sys.modules["__main__"].__dict__)


_CALLS = bytes(
    number
    for name, number in opcode.opmap.items()
    if name.startswith(("CALL", "PRECALL", "IMPORT", "LOAD_BUILD_CLASS", "WITH_", "BEFORE_", "SETUP_WITH", "SETUP_ASYNC_WITH", "INSTRUMENTED_CALL"))
    and number < 256
)
_RUNS_LATER = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR


def makes_no_calls(function: types.FunctionType) -> bool:
    """Whether a call of the function runs no instruction that calls something: then its code cannot look at its caller."""
    code = function.__code__
    return bool(code.co_flags & _RUNS_LATER) or not set(code.co_code[::2]).intersection(_CALLS)
