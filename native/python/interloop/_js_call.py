"""Calls of async JavaScript functions by other Python threads. Used by the addon."""

import asyncio
import contextlib
import warnings
from collections.abc import Coroutine, Generator
from typing import Any

import _interloop

from ._main_frame import disguise


class JsCall(Coroutine[Any, None, Any]):
    """The call of an async JavaScript function on another thread: awaitable, and a coroutine to asyncio.

    Where a loop is running, JavaScript is called at once, as on its own thread; otherwise by the loop that awaits this.
    """

    __slots__ = ("_args", "_driven", "_future", "_js", "_kwargs", "_number", "_unused")

    def __init__(self, js: Any, args: "tuple[Any, ...]", kwargs: "dict[str, Any]") -> None:
        self._js = js
        self._args = args
        self._kwargs = kwargs
        self._driven: Any = None
        self._future: Any = None
        loop = asyncio._get_running_loop()
        self._unused = loop is None
        if loop is not None:
            self._start(loop)

    def _start(self, loop: Any) -> None:
        self._unused = False
        future = loop.create_future()
        self._number = _interloop.post_call(self._js, future, loop, self._args, self._kwargs)
        self._future = future
        self._args = ()
        self._kwargs = {}

    @disguise
    def __await__(self) -> "Generator[Any, None, Any]":
        if self._future is None:
            loop = asyncio._get_running_loop()
            if loop is None:
                raise RuntimeError(
                    "Cannot await the call of an async JavaScript function here: no event loop of asyncio runs on this thread (those of trio and curio are others); await it in a coroutine that asyncio runs"
                )
            self._start(loop)
        try:
            return (yield from self._future)
        except asyncio.CancelledError as error:
            if self._future.cancelled():
                # Another one for JavaScript: this one knows the frames that it passes, and with them what they hold.
                _interloop.cancel_call(self._js, self._number, asyncio.CancelledError(*error.args))
            raise

    def _drive(self) -> Any:
        if self._driven is None:
            self._driven = self.__await__()
        return self._driven

    def send(self, value: Any) -> Any:
        """As coroutine.send()."""
        return self._drive().send(value)

    def throw(self, *error: Any) -> Any:
        """As coroutine.throw()."""
        if self._driven is None and self._future is not None and not self._future.done():
            # A Task that is cancelled before its first step: let the call begin to wait, and be cancelled there.
            self._future.cancel(*getattr(error[0], "args", ())[:1])
            with contextlib.suppress(asyncio.CancelledError):
                self._drive().send(None)
        return self._drive().throw(*error)

    def close(self) -> None:
        """As coroutine.close()."""
        if self._driven is not None:
            self._driven.close()
        self._driven = iter(())
        self._unused = False

    def __del__(self) -> None:
        if self._unused:
            # Named is the line that lets the call go, as for a coroutine of Python.
            warnings.warn("the call of an async JavaScript function was never awaited", RuntimeWarning, stacklevel=2, source=self)


def call_there(js: Any, *args: Any, **kwargs: Any) -> JsCall:
    """Call `js(*args, **kwargs)`, an async function, on its own thread."""
    return JsCall(js, args, kwargs)
