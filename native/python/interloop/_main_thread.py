"""Which thread `threading` takes for the main one, when it is not the thread that has started Python. Private: the addon calls this."""

import sys
import threading
from typing import Any


def become() -> None:
    """This thread is the main one from now on; the addon has told CPython."""
    names: Any = threading
    before = threading.main_thread()
    with names._active_limbo_lock:
        if names._active.get(before.ident) is before:
            del names._active[before.ident]
        names._active.pop(threading.get_ident(), None)
    # Python's end would wait for the end of that thread.
    lock = getattr(before, "_tstate_lock", None)
    if lock is not None:
        with names._shutdown_locks_lock:
            names._shutdown_locks.discard(lock)
    names._main_thread = names._MainThread()


def give_back() -> None:
    """Give the signals that Python has taken back to the JavaScript runtime: their handlers can run on the main thread only, which ends."""
    if "_signal" not in sys.modules:
        return
    import _signal  # type: ignore[import-not-found]

    for number in _signal.valid_signals():
        handler = _signal.getsignal(number)
        if callable(handler) and not isinstance(handler, int) and type(handler).__name__ != "HostHandler":
            _signal.signal(number, _signal.SIG_DFL)
