"""Event loops on other threads that only another thread, or JavaScript, can wake. Private."""

import asyncio
import types
from typing import Any

from ._js_call import JsCall

# The callbacks, by module and name, that read what wakes a loop: asyncio's own, the addon's, and the end of the thread of JavaScript.
_WAKES = frozenset((("asyncio.selector_events", "_read_from_self"), ("", "drain"), ("interloop._main", "_left")))


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
    return None if any(not _is_ours(key.data) for key in list((files or {}).values())) else loop


def _is_ours(handles: Any) -> bool:
    """Whether a descriptor of the loop is that by which other threads wake it, or one by which JavaScript does."""
    return all(_name(handle) in _WAKES for handle in handles or () if handle is not None)


def _name(handle: Any) -> "tuple[str, str]":
    callback = getattr(handle, "_callback", None)
    return getattr(callback, "__module__", None) or "", getattr(callback, "__name__", "")


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
