"""Tasks and futures of a loop that does not run here, on another thread or not yet; called by the addon, on the JavaScript thread."""

import atexit
import contextlib
import sys
from typing import Any


def start(loop: Any, crossing: Any) -> None:
    """Run `crossing` in a Task of `loop`, in a copy of the current context."""
    loop.call_soon_threadsafe(_start, loop, crossing)


def _start(loop: Any, crossing: Any) -> None:
    crossing.attach(loop.create_task(crossing))


def cancel(loop: Any, crossing: Any, message: str) -> None:
    """Cancel the Task of `crossing`. It has one by then: the loop runs its callbacks in order."""
    loop.call_soon_threadsafe(_cancel, crossing, message)


def _cancel(crossing: Any, message: str) -> None:
    if crossing.task is not None:
        crossing.task.cancel(message)


def settle(loop: Any, future: Any, fulfilled: bool, value: Any) -> None:
    """Settle `future` of `loop`; a loop that was closed meanwhile has nobody left to tell."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(_settle, future, fulfilled, value)


def _settle(future: Any, fulfilled: bool, value: Any) -> None:
    if future.done():
        return
    if fulfilled:
        future.set_result(value)
    else:
        future.set_exception(value)


def leave() -> None:
    """Do what can be done when the process ends inside a Python call: the interpreter cannot be finalised under its own frames."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
