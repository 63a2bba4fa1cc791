"""Waits on a thread of JavaScript that only this thread itself could end: they raise ``would-deadlock``. Private."""

import asyncio
import contextlib
import functools
import os
import sys
import threading
import time
import types
from collections.abc import Iterator
from typing import Any

import _interloop

from ._blocked_frames import describe_blocked, was_woken
from ._errors import InterloopError
from ._idle_loops import awaits_js, idle_loop

# Seconds between two looks, and for how long a wait is none of our business.
_SLICE = 0.1
_PATIENCE = 1.0

# Objects that are looked at to find out whether a callback leads to what is waited for.
_MOST = 2000

# The loops that JavaScript hosts, by thread.
hosted: "dict[int, Any]" = {}


def _watchdog_seconds() -> float:
    """After how many seconds a wait without a time limit is named on standard error; infinity for never."""
    text = os.environ.get("INTERLOOP_WATCHDOG", "0" if os.environ.get("NODE_ENV") == "production" else "10")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    return seconds if seconds > 0 else float("inf")


WATCHDOG = _watchdog_seconds()


def name_wait() -> None:
    """Say where Python has blocked the thread of JavaScript for so long."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("interloop."):
        frame = frame.f_back
    text = frame and describe_blocked(frame)
    if text:
        say_blocked(text)


_said: "set[str]" = set()


def say_blocked(text: str) -> None:
    """Each place once."""
    if text in _said:
        return
    _said.add(text)
    print(
        f"interloop: Python has blocked the thread of JavaScript for {WATCHDOG:g} s: {text}. "
        "What only JavaScript could end does not end there. INTERLOOP_WATCHDOG sets the seconds; 0 switches this message off",
        file=sys.stderr,
        flush=True,
    )


def wait(condition: Any, timeout: "float | None") -> bool:
    """As `threading.Condition.wait`, of which Event, Queue, Semaphore and `concurrent.futures.Future` are made, for a thread of JavaScript."""
    if not condition._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = threading.Lock()
    waiter.acquire()
    condition._waiters.append(waiter)
    state = condition._release_save()
    began = time.monotonic()
    notified = named = False
    try:
        while not notified:
            waited = time.monotonic() - began
            if timeout is None and waited >= WATCHDOG and not named:
                named = True
                name_wait()
            if timeout is not None and waited >= timeout:
                break
            notified = waiter.acquire(True, _SLICE if timeout is None else max(0.0, min(_SLICE, timeout - waited)))
            why = None if notified or waited < _SLICE else _never_ends(condition, waited, timeout)
            if why is not None:
                raise InterloopError(
                    "would-deadlock",
                    f"Cannot wait here: Python blocks the thread of JavaScript, and {why}; await the work from JavaScript, or wait on another thread",
                )
    finally:
        condition._acquire_restore(state)
        if not notified:
            with contextlib.suppress(ValueError):
                condition._waiters.remove(waiter)
    return notified


def _never_ends(condition: Any, waited: float, timeout: "float | None") -> "str | None":
    loop = hosted.get(threading.get_ident())
    if loop is not None and any(_leads_to(handle, condition) for handle in list(loop._ready)):
        return "what would end the wait is a callback of the event loop of this same thread"
    if timeout is None and waited >= _PATIENCE:
        # A thread that is starting has no frame yet, on a busy machine for long.
        callers, awaited, running = _interloop.callers_of_js(), 0, len(threading._limbo)  # type: ignore[attr-defined]
        me = threading.get_ident()
        for thread, frame in sys._current_frames().items():
            idle = None if thread == me else idle_loop(frame)
            if idle is not None:
                awaited += awaits_js(idle)
            elif thread != me and not _waits(frame):
                running += 1
        if callers + awaited > 0 and running <= callers:
            return "the threads that could end the wait wait for JavaScript themselves"
    return None


def _waits(frame: types.FrameType) -> bool:
    """Whether the thread at `frame` waits without a time limit."""
    module = frame.f_globals.get("__name__", "")
    if module == "threading" or module == __name__:
        return frame.f_locals.get("timeout") in (None, -1) and not was_woken(frame)
    # A worker of an executor without a job.
    return module == "concurrent.futures.thread" and frame.f_code.co_name == "_worker" and frame.f_locals["work_queue"].empty()


def _leads_to(handle: Any, wanted: Any) -> bool:
    queue, seen = [handle], {id(handle)}
    for item in queue:
        if item is wanted:
            return True
        for part in _parts(item):
            if id(part) not in seen and len(seen) < _MOST:
                seen.add(id(part))
                queue.append(part)
    return False


def _parts(item: Any) -> "Iterator[Any]":
    if isinstance(item, types.FunctionType):
        for cell in item.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:
                continue
        yield from item.__defaults__ or ()
    elif isinstance(item, types.MethodType):
        yield item.__func__
        yield item.__self__
    elif isinstance(item, functools.partial):
        yield from (item.func, *item.args, *item.keywords.values())
    elif isinstance(item, types.CoroutineType):
        if item.cr_frame is not None:
            yield from item.cr_frame.f_locals.values()
    elif isinstance(item, (list, tuple)):
        yield from item
    elif isinstance(item, asyncio.AbstractEventLoop):
        return
    elif hasattr(item, "_callback"):
        yield item._callback
        yield getattr(item, "_args", None)
    elif isinstance(item, asyncio.Task):
        yield item.get_coro()
    elif isinstance(getattr(item, "__dict__", None), dict) and not isinstance(item, (type, types.ModuleType)):
        yield from vars(item).values()


def check_run(loop: Any) -> None:
    """The loop has nothing to do and no time at which it will: raise if `run_until_complete` waits for nothing but JavaScript of this thread."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "run_until_complete":
        frame = frame.f_back
    if frame is None or not _interloop.on_js_thread():
        return
    future = frame.f_locals.get("f", frame.f_locals.get("future"))
    leaves = list(_leaves(future, set()))
    if leaves and all(_interloop.waits_for_js(leaf) for leaf in leaves):
        raise InterloopError(
            "would-deadlock",
            "Cannot wait here for a JavaScript promise of this same thread: Python blocks the thread that has to settle it; await the coroutine from JavaScript instead of calling run_until_complete()",
        )


def _leaves(future: Any, seen: "set[int]") -> "Iterator[Any]":
    """The futures that a future waits for in the end."""
    if future is None or id(future) in seen:
        return
    seen.add(id(future))
    if isinstance(future, asyncio.Task):
        yield from _leaves(getattr(future, "_fut_waiter", None), seen)
    elif getattr(future, "_children", None):
        for child in future._children:
            if not child.done():
                yield from _leaves(child, seen)
    elif asyncio.isfuture(future):
        yield future
