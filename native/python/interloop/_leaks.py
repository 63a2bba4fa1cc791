"""What a test has left behind. Private: core's ``testing/isolate.ts`` and this file change together."""

import asyncio
import contextvars
import threading
import traceback
from typing import Any

from ._loop import GuestLoop
from ._run import Driver

# Of interloop itself: the pool of blocking jobs, and the threads that drive loops.
_OURS = ("interloop-job", "interloop-loop")


def guest_factory() -> Any:
    """What makes the loop of a test that runs alone."""
    return GuestLoop


def new_context() -> contextvars.Context:
    return contextvars.Context()


def running_threads() -> "set[threading.Thread]":
    return set(threading.enumerate())


def left_threads(before: "set[threading.Thread]") -> str:
    left = [thread for thread in threading.enumerate() if thread not in before and not thread.name.startswith(_OURS)]
    return "\n".join(f"thread {thread.name!r} ({thread})" for thread in left)


def left_on_loop(loop: Any, known: "set[Any] | None" = None) -> str:
    """Tasks, timers and descriptors of a loop, as text; "" when there are none but the `known` tasks."""
    return "\n".join([*_tasks(loop, known or set()), *_timers(loop), *_descriptors(loop)])


def _tasks(loop: Any, known: "set[Any]") -> "list[str]":
    tasks = [task for task in asyncio.all_tasks(loop) if not task.done() and task not in known]
    return [f"task {task.get_name()!r}: {task.get_coro()!r}\n{_stack(task)}" for task in tasks]


def _stack(task: Any) -> str:
    made = getattr(task, "_source_traceback", None)
    if made:
        return "  made at:\n" + "".join(f"  {line}" for line in traceback.format_list(made)).rstrip()
    frames = task.get_stack()
    lines = traceback.format_list(traceback.StackSummary.extract((frame, frame.f_lineno) for frame in frames))
    where = "  which waits at:\n" + "".join(f"  {line}" for line in lines).rstrip()
    return where + "\n  (loop.set_debug(True) tells where it was made)"


def _timers(loop: Any) -> "list[str]":
    return [f"timer {handle!r}" for handle in getattr(loop, "_scheduled", ()) if not handle._cancelled]


def _descriptors(loop: Any) -> "list[str]":
    selector = getattr(loop, "_selector", None)
    if selector is None:
        return []
    own = {getattr(getattr(loop, "_ssock", None), "fileno", lambda: -1)()}
    return [f"descriptor {key.fd}: {key.data!r}" for key in (selector.get_map() or {}).values() if key.fd not in own and not _is_ours(key.data)]


def _is_ours(handles: Any) -> bool:
    """The main thread watches that of JavaScript, and what other threads post to a loop comes through a descriptor."""
    import _interloop

    reader = handles[0] if isinstance(handles, tuple) else None
    return isinstance(getattr(getattr(reader, "_callback", None), "__self__", None), (Driver, _interloop.Mailbox))
