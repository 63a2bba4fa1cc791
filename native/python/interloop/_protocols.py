"""What JavaScript values answer to Python's protocols, where that is said best in Python. Called by the addon."""

from types import TracebackType
from typing import Any, NoReturn

import _interloop
from _interloop import JsFunction, JsObject, JsPromise

from ._errors import JsError
from ._main_frame import disguise


def enter(target: JsObject) -> JsObject:
    """``with target``: JavaScript's ``using``."""
    if _interloop.member(target, "dispose") is None:
        raise TypeError(f"{target!r} has no [Symbol.dispose], so there is nothing for 'with' to end")
    return target


def leave(target: JsObject, kind: "type[BaseException] | None", error: "BaseException | None", traceback: "TracebackType | None") -> None:
    """The end of ``with target``, however it came."""
    _interloop.member(target, "dispose")()


@disguise
async def enter_async(target: JsObject) -> JsObject:
    """``async with target``: JavaScript's ``await using``."""
    if _async_dispose(target) is None:
        raise TypeError(f"{target!r} has neither [Symbol.asyncDispose] nor [Symbol.dispose], so there is nothing for 'async with' to end")
    return target


@disguise
async def leave_async(target: JsObject, kind: "type[BaseException] | None", error: "BaseException | None", traceback: "TracebackType | None") -> None:
    """The end of ``async with target``, however it came."""
    result = _async_dispose(target)()
    if isinstance(result, JsPromise):
        await result


def _async_dispose(target: JsObject) -> Any:
    method = _interloop.member(target, "asyncDispose")
    return _interloop.member(target, "dispose") if method is None else method


def is_instance(cls: JsFunction, value: object) -> bool:
    """``isinstance(value, cls)``. An exception is an instance of what the JavaScript error is one of that it stands for."""
    if isinstance(value, JsError):
        value = value.value  # None in a copy from another process
    return isinstance(value, JsObject) and bool(_interloop.instance_of(cls, value))


def is_subclass(cls: JsFunction, other: object) -> bool:
    """``issubclass(other, cls)``."""
    if isinstance(other, JsFunction):
        return bool(_interloop.subclass_of(cls, other))
    if isinstance(other, type):
        return False
    raise TypeError("issubclass() arg 1 must be a class")


def slice_of(target: JsObject, key: slice) -> "list[Any]":
    """``array[1:3]``: a list of the items."""
    return [target[index] for index in range(*key.indices(len(target)))]


def refuse_inheritance(cls: JsFunction, bases: "tuple[Any, ...]") -> NoReturn:
    """``class Derived(cls)``."""
    raise TypeError(cannot_inherit(f"{cls!r}"))


def cannot_inherit(what: str) -> str:
    return f"A Python class cannot inherit from {what}: derive the class in JavaScript, or keep an instance of it in an attribute and pass on what is asked"


def refuse_copy(target: JsObject, protocol: int) -> NoReturn:
    """``copy.copy``, ``copy.deepcopy`` and ``pickle``."""
    raise TypeError(f'Cannot copy or pickle {target!r}: it stands for a value of JavaScript; convert it there with python.toPy(value, {{ instance: "dict" }})')
