"""Context managers that JavaScript enters."""

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

from ._js import JsPromise


def enter(manager: Any) -> Any:
    return type(manager).__enter__(manager)


def leave(manager: Any) -> None:
    type(manager).__exit__(manager, None, None, None)


def with_(manager: Any, body: "Callable[[Any], Any]") -> Any:
    """Run the body in the context. When it goes on afterwards, so does the context: the answer is then a coroutine, to be started at once."""
    with contextlib.ExitStack() as stack:
        result = body(stack.enter_context(manager))
        if isinstance(result, JsPromise) or inspect.iscoroutine(result):
            return _with_awaited(stack.pop_all(), result)
        return result
    return None  # the manager swallowed the error


async def _with_awaited(stack: contextlib.ExitStack, result: Any) -> Any:
    with stack:
        return await result
    return None


async def enter_async(manager: Any) -> Any:
    return await type(manager).__aenter__(manager)


async def leave_async(manager: Any) -> None:
    await type(manager).__aexit__(manager, None, None, None)


async def async_with(manager: Any, body: "Callable[[Any], Any]") -> Any:
    async with manager as value:
        result = body(value)
        return await result if inspect.isawaitable(result) else result
    return None
