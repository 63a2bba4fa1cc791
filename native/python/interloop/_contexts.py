"""Context managers that JavaScript enters."""

import inspect
from collections.abc import Callable
from typing import Any

from ._errors import without_own
from ._js import JsPromise


def enter(manager: Any) -> Any:
    return type(manager).__enter__(manager)


def leave(manager: Any) -> None:
    type(manager).__exit__(manager, None, None, None)


def with_(manager: Any, body: "Callable[[Any], Any]") -> Any:
    """Run the body in the context. When it goes on afterwards, so does the context: the answer is then a coroutine, to be started at once."""
    kind = type(manager)
    end = kind.__exit__
    value = kind.__enter__(manager)
    try:
        result = body(value)
    except BaseException as error:
        if end(manager, type(error), error, _seen(error)):
            return None
        raise
    if isinstance(result, JsPromise) or inspect.iscoroutine(result):
        return _with_awaited(manager, result)
    end(manager, None, None, None)
    return result


async def _with_awaited(manager: Any, result: Any) -> Any:
    end = type(manager).__exit__
    try:
        value = await result
    except BaseException as error:
        if end(manager, type(error), error, _seen(error)):
            return None
        raise
    end(manager, None, None, None)
    return value


def _seen(error: BaseException) -> Any:
    """The traceback that the manager is to see: the body is JavaScript's, and the functions here are nobody's."""
    error.__traceback__ = without_own(error.__traceback__)
    return error.__traceback__


async def enter_async(manager: Any) -> Any:
    return await type(manager).__aenter__(manager)


async def leave_async(manager: Any) -> None:
    await type(manager).__aexit__(manager, None, None, None)


async def async_with(manager: Any, body: "Callable[[Any], Any]") -> Any:
    kind = type(manager)
    end = kind.__aexit__
    value = await kind.__aenter__(manager)
    try:
        result = body(value)
        if inspect.isawaitable(result):
            result = await result
    except BaseException as error:
        if await end(manager, type(error), error, _seen(error)):
            return None
        raise
    await end(manager, None, None, None)
    return result
