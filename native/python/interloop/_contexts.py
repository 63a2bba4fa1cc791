"""Context managers that JavaScript enters."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from ._calls_from_js import borrowed
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


async def in_loop(function: "Callable[[Any], object]") -> None:
    """Call a JavaScript function in a Task. It is given the loop."""
    function(asyncio.get_running_loop())


def borrow_loop(loop: Any) -> bool:
    """Let a loop of another thread, which waits meanwhile, be the running one here. False when a loop runs here already."""
    if asyncio._get_running_loop() is not None:
        return False
    asyncio._set_running_loop(loop)
    borrowed.add(loop)
    return True


def return_loop(loop: Any) -> None:
    asyncio._set_running_loop(None)
    borrowed.discard(loop)


async def _made(make: "Callable[[Any], Any]") -> Any:
    """What a JavaScript function makes while the loop runs."""
    manager = make(asyncio.get_running_loop())
    if not hasattr(type(manager), "__aenter__") and inspect.isawaitable(manager):
        return await manager
    return manager


class _Plain:
    """A manager for `with`, entered in a Task: anyio's cancel scopes are such ones."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager

    async def __aenter__(self) -> Any:
        return type(self.manager).__enter__(self.manager)

    async def __aexit__(self, *error: Any) -> Any:
        return type(self.manager).__exit__(self.manager, *error)


def _for_async_with(manager: Any) -> Any:
    kind = type(manager)
    return _Plain(manager) if hasattr(kind, "__enter__") and not hasattr(kind, "__aenter__") else manager


class _Held:
    """An async context that JavaScript is in. One Task enters and leaves it, as cancel scopes and timeouts ask for."""

    def __init__(self, manager: Any) -> None:
        loop = asyncio.get_running_loop()
        self.entered: asyncio.Future[Any] = loop.create_future()
        self.left: asyncio.Future[None] = loop.create_future()
        self.task = loop.create_task(self._run(manager))

    async def _run(self, manager: Any) -> None:
        await async_with(manager, self._body, False)

    def _body(self, _loop: Any, value: Any) -> "asyncio.Future[None]":
        self.entered.set_result(value)
        return self.left


async def enter_async(manager: Any, make: bool) -> _Held:
    held = _Held(await _made(manager) if make else manager)
    try:
        await asyncio.wait([held.task, held.entered], return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        held.task.cancel()
        raise
    if not held.entered.done():
        held.task.result()
    return held


def entered(held: _Held) -> Any:
    return held.entered.result()


async def leave_async(held: _Held) -> None:
    if not held.left.done():
        held.left.set_result(None)
    await held.task


async def async_with(manager: Any, body: "Callable[[Any, Any], Any]", make: bool) -> Any:
    manager = _for_async_with(await _made(manager) if make else manager)
    kind = type(manager)
    end = kind.__aexit__
    value = await kind.__aenter__(manager)
    try:
        result = body(asyncio.get_running_loop(), value)
        if inspect.isawaitable(result):
            result = await result
    except BaseException as error:
        if await end(manager, type(error), error, _seen(error)):
            return None
        raise
    await end(manager, None, None, None)
    return result
