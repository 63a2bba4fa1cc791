"""The environment, working folder and time zone that JavaScript shares. Private: the addon and this file change together."""

import functools
import os
import time
from typing import Any

try:
    import _interloop
except ImportError:  # a plain Python has no use for this file
    _interloop = None  # type: ignore[assignment]

_FOLDER, _TIME_ZONE = 1, 2


def _current(data: "dict[bytes, bytes]") -> None:
    """Make `data` what C's environment is: JavaScript, or a library in C, may have changed it."""
    entries = _interloop.environ_changes()
    if entries is None:
        return
    dict.clear(data)
    for entry in entries:
        name, separator, value = entry.encode("latin-1").partition(b"=")
        if separator and name:
            dict.setdefault(data, name, value)


class _Variables(dict):  # type: ignore[type-arg]
    """What `os.environ` holds, looked up in C's environment whenever it has changed. `os.environ` itself sets and removes variables there."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        # It is in C's environment already. What is there now is what the next look compares with.
        _current(self)

    def __delitem__(self, name: bytes) -> None:
        dict.__delitem__(self, name)
        _current(self)

    def __getitem__(self, name: bytes) -> bytes:
        _current(self)
        return dict.__getitem__(self, name)  # type: ignore[no-any-return]

    def __contains__(self, name: object) -> bool:
        _current(self)
        return dict.__contains__(self, name)

    def __iter__(self) -> Any:
        _current(self)
        return dict.__iter__(self)

    def __len__(self) -> int:
        _current(self)
        return dict.__len__(self)

    def items(self) -> Any:
        _current(self)
        return dict.items(self)

    def keys(self) -> Any:
        _current(self)
        return dict.keys(self)

    def values(self) -> Any:
        _current(self)
        return dict.values(self)

    def get(self, name: bytes, default: Any = None) -> Any:
        _current(self)
        return dict.get(self, name, default)

    def copy(self) -> "dict[bytes, bytes]":
        _current(self)
        return dict(dict.items(self))


def _share_variables() -> None:
    data = _Variables()
    _current(data)
    mapping: Any
    for mapping in (os.environ, os.environb):
        encode = mapping.encodekey

        def encodekey(key: Any, encode: Any = encode) -> bytes:
            # Before os.environ removes a variable from C's environment, and then from here.
            _current(data)
            return encode(key)  # type: ignore[no-any-return]

        mapping.encodekey = encodekey
        mapping._data = data


def _telling(function: Any, change: int) -> Any:
    @functools.wraps(function)
    def told(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        _interloop.process_changed(change)
        return result

    return told


def install() -> None:
    """Let each language see what the other changes."""
    _share_variables()
    for name in ("chdir", "fchdir"):
        function = getattr(os, name)
        told = _telling(function, _FOLDER)
        if function in os.supports_fd:
            os.supports_fd.add(told)
        setattr(os, name, told)
    time.tzset = _telling(time.tzset, _TIME_ZONE)
