"""What of Python's threads keeps JavaScript alive: as in python3, every thread that is not a daemon, and every job of an executor.

Private. The addon loads this file when Python starts, without the rest of the package: it imports nothing that takes long.
"""

import functools
import sys
import threading
from collections.abc import Callable
from typing import Any

import _interloop

# Threads that keep a thread of JavaScript alive: the number of the hold, and where the thread was started.
started: "dict[threading.Thread, tuple[int, str]]" = {}

# What stands between a call of `start()` and whoever wanted the thread.
_OURS = (__file__, threading.__file__)

# Modules of executors, whose threads end when Python does: they register a function for that, as joblib's loky does too.
_pools = {"concurrent.futures.thread", "concurrent.futures.process"}

# Seconds from which on a wait on a thread of JavaScript is looked at: see `_waits.py`.
_LONG = 1.0

_waiting: "list[Callable[[], None]]" = []


def install() -> None:
    """Let threads that start from now on count. Where a thread is a daemon, this costs a look at a flag."""
    start, bootstrap = threading.Thread.start, threading.Thread._bootstrap_inner  # type: ignore[attr-defined]

    @functools.wraps(start)
    def start_held(self: threading.Thread) -> None:
        self._interloop_thread = serving_thread()  # type: ignore[attr-defined]
        if self.daemon or self in started:
            start(self)
        elif _is_of_pool(self):
            # It stays when its jobs are done; what counts are the jobs.
            _watch_pool()
            start(self)
        else:
            started[self] = (_interloop.hold(_number_of_parent()), _caller())
            try:
                start(self)
            except BaseException:
                _end(self)
                raise

    @functools.wraps(bootstrap)
    def bootstrap_held(self: threading.Thread) -> None:
        try:
            bootstrap(self)
        finally:
            if self in started:
                _end(self)

    register = threading._register_atexit  # type: ignore[attr-defined]

    @functools.wraps(register)
    def register_seen(function: "Callable[..., object]", *args: Any, **kwargs: Any) -> None:
        register(function, *args, **kwargs)
        _pools.add(function.__module__)
        for thread in [thread for thread in started if _is_of_pool(thread)]:
            _watch_pool()
            _end(thread)

    threading._register_atexit = register_seen  # type: ignore[attr-defined]
    running = [thread for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread() and not _is_of_pool(thread)]
    for thread in running:
        started[thread] = (_interloop.hold(0), "")
        threading.Thread(target=_await_end, args=(thread,), name="interloop-watch", daemon=True).start()
    wait = threading.Condition.wait

    @functools.wraps(wait)
    def wait_seen(self: threading.Condition, timeout: "float | None" = None) -> bool:
        # Short ones end by themselves.
        if (timeout is not None and timeout < _LONG) or not _interloop.on_js_thread():
            return wait(self, timeout)
        from ._waits import wait as wait_here

        return wait_here(self, timeout)

    threading.Condition.wait = wait_seen  # type: ignore[method-assign]
    threading.Thread.start = start_held  # type: ignore[method-assign]
    threading.Thread._bootstrap_inner = bootstrap_held  # type: ignore[attr-defined]


def _await_end(thread: threading.Thread) -> None:
    """For a thread that had started before: nothing else tells of its end."""
    thread.join()
    _end(thread)


def is_idle() -> bool:
    """Whether no thread and no job keeps JavaScript alive."""
    return not started and not _jobs


def when_idle(callback: "Callable[[], None]") -> None:
    """Call `callback`, on whichever thread, when no thread and no job keeps JavaScript alive."""
    _waiting.append(callback)
    if is_idle():
        _tell_idle()


def _tell_idle() -> None:
    while _waiting:
        _waiting.pop()()


def adopt_children(thread: threading.Thread, number: int) -> None:
    """Threads that `thread`, which runs a loop for JavaScript and is a daemon, starts without saying more: they are the program's own, and no daemons."""
    thread._interloop_number = number  # type: ignore[attr-defined]
    thread._daemonic = False  # type: ignore[attr-defined]


def join() -> None:
    """This thread, which Python has not started, has JavaScript from now on. Threads that it starts are no daemons, as those of any main thread."""
    adopt_children(threading.current_thread(), this_number())


def leave() -> None:
    """The end of that: the next thread that gets this one's identifier is another."""
    names: Any = threading
    _interloop.modules.pop(_interloop.own_number(), None)
    with names._active_limbo_lock:
        if isinstance(names._active.get(threading.get_ident()), names._DummyThread):
            del names._active[threading.get_ident()]


def serving_thread() -> int:
    """The number of the thread of JavaScript that serves this thread: itself, the one whose Python has started it, or the oldest that lives; 0 when none does."""
    number: int = _interloop.here()
    if not number:
        thread = threading._active.get(threading.get_ident())  # type: ignore[attr-defined]
        number = _interloop.serving_thread(getattr(thread, "_interloop_thread", 0))
    return number


def this_number() -> int:
    """The number of this thread of JavaScript."""
    number: int = _interloop.hold(0)
    _interloop.unhold(number)
    return number


def jobs() -> int:
    """How many jobs of executors have not ended."""
    return len(_jobs)


def _end(thread: threading.Thread) -> None:
    number, _ = started.pop(thread)
    _interloop.unhold(number)
    if _waiting and is_idle():
        _tell_idle()


def _number_of_parent() -> int:
    """The thread of JavaScript to which this thread belongs; 0 when it is one itself, or belongs to none."""
    parent = threading._active.get(threading.get_ident())  # type: ignore[attr-defined]
    return started[parent][0] if parent in started else getattr(parent, "_interloop_number", 0)


def _caller() -> str:
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename in _OURS:
        frame = frame.f_back
    return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


# Executors

_jobs: "dict[Any, int]" = {}
_watched_classes: "set[type]" = set()


def _is_of_pool(thread: Any) -> bool:
    target = getattr(thread, "_target", None)
    return (getattr(target, "__module__", None) or type(thread).__module__) in _pools


def _watch_pool() -> None:
    """The first thread of a kind of executor starts inside a `submit()`: that job counts, and from then on each."""
    frame: Any = sys._getframe(1)
    while frame is not None and not (frame.f_code.co_name == "submit" and frame.f_globals.get("__name__") in _pools):
        frame = frame.f_back
    pool = frame and type(frame.f_locals.get("self"))
    while pool and pool.__module__ not in _pools:
        pool = pool.__base__
    if not pool or pool in _watched_classes:
        return
    _watched_classes.add(pool)
    submit = pool.submit

    @functools.wraps(submit)
    def submit_held(*args: Any, **kwargs: Any) -> Any:
        future = submit(*args, **kwargs)
        _hold_job(future)
        return future

    pool.submit = submit_held
    if "f" in frame.f_locals:
        _hold_job(frame.f_locals["f"])


def _hold_job(future: Any) -> None:
    if future.done() or future in _jobs:
        return
    _jobs[future] = _interloop.hold(_number_of_parent())
    future.add_done_callback(_end_job)


def _end_job(future: Any) -> None:
    # After all that the program has added since, which may call JavaScript: the list is being walked through.
    future._done_callbacks.append(_release_job)


def _release_job(future: Any) -> None:
    number = _jobs.pop(future, 0)
    if number:
        _interloop.unhold(number)
    if _waiting and is_idle():
        _tell_idle()


install()
