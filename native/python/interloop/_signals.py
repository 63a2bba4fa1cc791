"""Python's signal functions in a process whose JavaScript runtime has handlers of its own. Private: the addon and this file change together."""

import _signal  # type: ignore[import-not-found]
import os
from typing import Any

try:
    import _interloop
except ImportError:  # a plain Python has no use for this file
    _interloop = None  # type: ignore[assignment]

_set = _signal.signal
_get = _signal.getsignal

# What the addon says of a signal.
_DEFAULT, _IGNORED, _PYTHON, _HOST_END, _HOST = range(5)


class HostHandler:
    """The JavaScript runtime's handler of a signal. Calling it hands the signal on to it; `signal.signal` puts it back."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __call__(self, number: int, frame: Any) -> None:
        _interloop.signal_pass(self._number)

    def __repr__(self) -> str:
        return f"<handler of the JavaScript runtime for signal {self._number}>"


_hosts: "dict[int, HostHandler]" = {}


def getsignal(signalnum: int, /) -> Any:
    """Return the current action for the given signal: SIG_IGN, SIG_DFL, a Python function, or one that hands on to the JavaScript runtime."""
    handler = _get(signalnum)
    kind = _interloop.signal_kind(signalnum)
    if kind == _PYTHON:
        return handler
    if kind == _HOST:
        return _hosts.setdefault(int(signalnum), HostHandler(signalnum))
    return _signal.SIG_IGN if kind == _IGNORED else _signal.SIG_DFL


def signal(signalnum: int, handler: Any, /) -> Any:
    """Set the action for the given signal: SIG_DFL, SIG_IGN, or a callable. Where Python has the signal, SIG_DFL gives it back to the JavaScript runtime.

    Returns the previous action.
    """
    before = getsignal(signalnum)
    kind = _interloop.signal_kind(signalnum)
    restores = (isinstance(handler, int) and handler == _signal.SIG_DFL) or (handler is not None and handler is _hosts.get(int(signalnum)))
    if restores:
        # JavaScript has taken the signal since, or has it anyway.
        stays = kind == _HOST_END or (kind == _HOST and (_interloop.signal_is_taken(signalnum) or handler is before))
        held = _interloop.signal_is_taken(signalnum) or isinstance(handler, HostHandler)
        if stays or kind == _HOST:
            _interloop.signal_save(signalnum)
        _set(signalnum, _signal.SIG_DFL)
        if stays or held:
            _interloop.signal_restore(signalnum)
        else:
            _interloop.signal_released(signalnum)
        return before
    takes = callable(handler)
    if takes:
        _interloop.signal_announce(signalnum)
    _interloop.signal_save(signalnum)
    _set(signalnum, handler)
    _interloop.signal_taken(signalnum, takes)
    return before


def set_default(signalnum: int) -> None:
    """Set what the system does by default, whatever the JavaScript runtime would do."""
    _set(signalnum, _signal.SIG_DFL)
    _interloop.signal_released(signalnum)


def install() -> None:
    """Put these functions in the place of Python's own: the module `signal` calls them."""
    for function in (signal, getsignal):
        function.__module__ = "_signal"
        setattr(_signal, function.__name__, function)
    os.register_at_fork(
        before=_interloop.signals_before_fork,
        after_in_parent=_interloop.signals_after_fork,
        after_in_child=_interloop.signals_in_child,
    )
