"""Tasks and futures of a loop that does not run here, on another thread or not yet; called by the addon, on the JavaScript thread."""

import asyncio
import atexit
import contextlib
import sys
import threading
import weakref
from typing import Any

from ._errors import InterloopError, for_future


def adopt(loop: Any) -> None:
    """Let the addon know when `loop` is closed, so that what is in flight there ends instead of hanging."""
    if loop.is_closed():
        raise InterloopError("loop-closed", "Cannot use this event loop: it is closed")
    namespace = getattr(loop, "__dict__", None)
    if namespace is None or "close" in namespace:
        return
    this = weakref.ref(loop)

    def close() -> None:
        loop = this()
        if loop is not None:
            type(loop).close(loop)
            if loop.__dict__.pop("close", None) is not None:
                import _interloop

                _interloop.loop_closed(loop)

    with contextlib.suppress(AttributeError):
        loop.close = close


def observe(future: Any, callback: Any) -> None:
    """Add a callback to a future that may belong to the loop of another thread."""
    loop = future.get_loop()
    if asyncio._get_running_loop() is loop:
        future.add_done_callback(callback)
    elif not loop.is_closed():
        loop.call_soon_threadsafe(future.add_done_callback, callback)


def start(loop: Any, crossing: Any) -> None:
    """Run `crossing` in a Task of `loop`, in a copy of the current context."""
    adopt(loop)
    loop.call_soon_threadsafe(_start, loop, crossing)


def _start(loop: Any, crossing: Any) -> None:
    crossing.attach(loop.create_task(crossing))


def cancel(loop: Any, crossing: Any, message: str) -> None:
    """Cancel the Task of `crossing`. It has one by then: the loop runs its callbacks in order."""
    try:
        loop.call_soon_threadsafe(_cancel, crossing, message)
    except RuntimeError:
        if not loop.is_closed():
            raise


def _cancel(crossing: Any, message: str) -> None:
    if crossing.task is not None:
        crossing.task.cancel(message)


def settle(loop: Any, future: Any, fulfilled: bool, value: Any) -> None:
    """Settle `future` of `loop`; a loop that was closed meanwhile has nobody left to tell."""
    try:
        loop.call_soon_threadsafe(_settle, future, fulfilled, value)
    except RuntimeError:
        if not loop.is_closed():
            raise


def _settle(future: Any, fulfilled: bool, value: Any) -> None:
    if future.done():
        return
    if fulfilled:
        future.set_result(value)
    else:
        future.set_exception(for_future(value))


def threads_remain() -> bool:
    """Wait for the threads that Python waits for at its end; whether others, daemons, still run."""
    threading._shutdown()  # type: ignore[attr-defined]
    return threading.active_count() > 1


# The other way: a loop of another thread awaits an async JavaScript function, which runs on its own thread, by a Task of the loop that is hosted there.

_homes: "dict[int, tuple[Any, Any]]" = {}


def set_home(thread: int, loop: Any, call_for: Any) -> None:
    """Say which loop the thread hosts, and what calls a JavaScript function for another loop."""
    _homes[thread] = loop, call_for


async def call_home(thread: int, js: Any, *args: Any, **kwargs: Any) -> Any:
    """Await `js(*args, **kwargs)`, which has to be called on `thread`."""
    there, call_for = _homes.get(thread, (None, None))
    if there is None or there.is_closed():
        raise InterloopError("loop-closed", "Cannot reach the JavaScript of this function: the event loop of its thread is closed")
    here = asyncio.get_running_loop()
    call = _Call(here, there)
    try:
        there.call_soon_threadsafe(call.start, call_for, js, args, kwargs)
        return await call.future
    except asyncio.CancelledError as error:
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            there.call_soon_threadsafe(call.cancel, *error.args[:1])
        raise


class _Call:
    def __init__(self, here: Any, there: Any) -> None:
        self.here = here
        self.there = there
        self.future = here.create_future()
        self.task: Any = None
        self.cancelled = False

    # On the JavaScript thread:

    def start(self, call_for: Any, js: Any, args: Any, kwargs: Any) -> None:
        if not self.cancelled:
            self.task = self.there.create_task(self.run(call_for, js, args, kwargs))

    async def run(self, call_for: Any, js: Any, args: Any, kwargs: Any) -> None:
        try:
            outcome = True, await call_for(self.here, js, *args, **kwargs)
        except BaseException as error:
            outcome = False, error
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self.here.call_soon_threadsafe(_settle, self.future, *outcome)

    def cancel(self, message: "str | None" = None) -> None:
        self.cancelled = True
        if self.task is not None:
            self.task.cancel(message)


def leave() -> None:
    """Do what can be done when the process ends inside a Python call: the interpreter cannot be finalised under its own frames."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
