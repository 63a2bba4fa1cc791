"""Loops that run on other threads than JavaScript, and threads that wait for it. Used by the addon."""

import asyncio
import atexit
import contextlib
import contextvars
import selectors
import sys
import threading
import time
import weakref
from typing import Any

from . import _keep_alive
from ._blocked_frames import describe_blocked, takes_lock, was_woken
from ._calls_from_js import guard, post, unguard
from ._errors import InterloopError, for_future
from ._shutdown import left_behind

__all__ = ["post"]  # the addon looks here


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
            unguard(loop)

    with contextlib.suppress(AttributeError):
        loop.close = close
        if not hasattr(loop, "_hosted"):  # a guest loop runs on a thread of JavaScript
            guard(loop)


def observe(future: Any, callback: Any) -> None:
    """Add a callback to a future that may belong to the loop of another thread."""
    loop = future.get_loop()
    if asyncio._get_running_loop() is loop:
        future.add_done_callback(callback)
    elif not loop.is_closed():
        loop.call_soon_threadsafe(future.add_done_callback, callback)


def listen(loop: Any, descriptor: int, drain: Any) -> None:
    """Let `loop` call `drain` when `descriptor` can be read."""
    adopt(loop)
    if asyncio._get_running_loop() is loop:
        _listen(loop, descriptor, drain)
    else:
        loop.call_soon_threadsafe(_listen, loop, descriptor, drain)


def _listen(loop: Any, descriptor: int, drain: Any) -> None:
    # The callback keeps the context that it is added in.
    contextvars.Context().run(loop.add_reader, descriptor, drain)
    if hasattr(loop, "_hosted"):  # a guest loop, which this is not to keep alive
        loop._internal_fds += 1


def quiet(loop: Any, task: Any) -> None:
    """Keep asyncio from reporting the error of a Task that is just ending: it is told elsewhere."""
    loop.call_soon(setattr, task, "_log_traceback", False)


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


# Seconds that the end of the process waits for threads that are not daemons. JavaScript stands still by then; a program that just comes to its end has waited for them before, without a limit.
_LIMIT = 5.0


def threads_remain() -> bool:
    """Wait for the threads that Python waits for at its end; whether others, daemons, still run, or threads or Tasks were left that must not be freed."""
    end = time.monotonic() + _LIMIT
    if not _others():
        threading._shutdown()  # type: ignore[attr-defined]
        return threading.active_count() > 1 or bool(left_behind)
    # What tells the threads of executors to end waits for them.
    callbacks: list[Any] = getattr(threading, "_threading_atexits", [])
    tells = threading.Thread(target=lambda: [callback() for callback in reversed(callbacks)], name="interloop-exit", daemon=True)
    tells.start()
    for thread in (tells, *_others()):
        thread.join(max(0.0, end - time.monotonic()))
    left = _others()
    if left or tells.is_alive():
        print(f"interloop: at exit these had not ended: {', '.join(f'thread {thread.name!r}' for thread in left)}", file=sys.stderr, flush=True)
        return True
    callbacks.clear()
    threading._shutdown()  # type: ignore[attr-defined]
    return threading.active_count() > 1 or bool(left_behind)


def _others() -> "list[threading.Thread]":
    """The threads that Python's end waits for. Not those that run a loop for JavaScript, which only look as if (see `_keep_alive.adopt_children`)."""
    ours = (threading.current_thread(), threading.main_thread())
    return [thread for thread in threading.enumerate() if not thread.daemon and thread not in ours and not hasattr(thread, "_interloop_number")]


# Threads that use JavaScript.

_WAITS = frozenset((threading.__file__, selectors.__file__, _keep_alive.__file__, _keep_alive.__file__.replace("_keep_alive", "_waits")))
_PATIENCE = 2.0


def blocked(thread: int, seen: "list[Any]", kind: str) -> "str | None":
    """Say what `thread` waits for, if that looks as if it never ended while this thread waits for it. `seen` is what was seen before. `kind` is what the system says that it waits for without a limit: "lock", "loop", or nothing."""
    frames = sys._current_frames()
    frame = frames.get(thread)
    known = frame is not None and frame.f_code.co_filename in _WAITS and frame.f_locals.get("timeout") in (None, -1) and not was_woken(frame)
    # Thread.start() ends by itself.
    starts = len(threading._limbo) > 0  # type: ignore[attr-defined]
    if frame is None or starts or not (known or kind == "loop" or (kind == "lock" and takes_lock(frame))):
        seen.clear()
        return None
    joins = frame.f_code.co_name in ("join", "_wait_for_tstate_lock")
    joined = frame.f_locals.get("self") if joins else None
    certain = isinstance(joined, threading.Thread) and joined.ident == threading.get_ident()
    if isinstance(joined, threading.Thread) and not certain:
        # A thread that runs comes to its end, unless it waits for JavaScript: then it is told so itself.
        other = frames.get(joined.ident or 0)
        if other is None or other.f_code.co_filename not in _WAITS:
            seen.clear()
            return None
    here = [id(frame), frame.f_lasti]
    if seen[:2] != here:
        seen[:] = [*here, time.monotonic()]
    if not certain and time.monotonic() - seen[2] < _PATIENCE:
        return None
    outer: Any = frame
    while outer.f_back is not None and outer.f_code.co_filename in _WAITS:
        outer = outer.f_back
    return f"waits in {frame.f_code.co_name}() ({outer.f_code.co_filename}, line {outer.f_lineno})"


def name_blocked(thread: int) -> None:
    """Say on standard error where `thread`, which is one of JavaScript, has waited in Python for long."""
    frame = sys._current_frames().get(thread)
    text = frame and describe_blocked(frame)
    if text:
        from ._waits import say_blocked

        say_blocked(text)


def leave() -> None:
    """Do what can be done when the process ends inside a Python call: the interpreter cannot be finalised under its own frames."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
