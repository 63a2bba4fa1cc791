"""Event loops on other threads that only another thread, or JavaScript, can wake. Private."""

import asyncio
import types
from typing import Any

from ._js_call import JsCall


def idle_loop(frame: "types.FrameType | None") -> Any:
    """The asyncio loop whose thread is at `frame`, if it sleeps without a timer and without a descriptor of the program's; else None."""
    while frame is not None and frame.f_globals.get("__name__") == "selectors":
        frame = frame.f_back
    if frame is None or frame.f_code.co_name != "_run_once":
        return None
    loop = frame.f_locals.get("self")
    if not isinstance(loop, asyncio.BaseEventLoop) or loop._ready or any(not timer.cancelled() for timer in list(loop._scheduled)):  # type: ignore[attr-defined]
        return None
    files = loop._selector.get_map()  # type: ignore[attr-defined]
    own = getattr(loop, "_internal_fds", 0) + _is_reached_by_js(loop)
    return loop if len(files or ()) <= own else None


def _is_reached_by_js(loop: Any) -> bool:
    """Whether one descriptor of the loop is that by which JavaScript wakes it."""
    return "close" in getattr(loop, "__dict__", {}) and not hasattr(loop, "_hosted")


def awaits_js(loop: Any) -> bool:
    """Whether a Task of the loop waits for a call of an async JavaScript function."""
    try:
        return any(_is_call(task.get_coro()) for task in asyncio.all_tasks(loop))
    except RuntimeError:  # the loop goes on after all
        return False


def _is_call(coroutine: Any) -> bool:
    while coroutine is not None:
        if isinstance(coroutine, JsCall) or getattr(coroutine, "gi_code", None) is JsCall.__await__.__code__:
            return True
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None) or getattr(coroutine, "ag_await", None)
    return False
