"""Modules that several threads of JavaScript export under one name: each thread of Python sees those of the JavaScript that serves it. Private."""

import sys
import types
from collections.abc import Iterable
from threading import get_ident
from typing import Any

import _interloop

from ._js import JsFunction
from ._js_call import call_there
from ._keep_alive import serving_thread

# Of a module: by the number of the thread of JavaScript what it exports. The last one is the newest.
_OWNERS = "__interloop_owners__"

# What a module has of its own.
_OWN = frozenset(vars(types.ModuleType("")))


class SharedModule(types.ModuleType):
    """A module that more than one thread of JavaScript exports. A thread whose JavaScript has not exported it gets the newest one."""

    def __getattr__(self, name: str) -> Any:
        exports = _exports_here(self)
        if name in exports:
            return exports[name]
        if name == "__all__":
            return [each for each in exports if not each.startswith("_")]
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __dir__(self) -> "list[str]":
        return sorted({*super().__dir__(), *_exports_here(self)})


def _exports_here(module: types.ModuleType) -> "dict[str, Any]":
    owners: dict[int, dict[str, Any]] = vars(module).get(_OWNERS, {})
    found = owners.get(serving_thread())
    if found is not None:
        return found
    living = [exports for number, exports in owners.items() if _interloop.lives(number)]
    return living[-1] if living else {}


def fill(module: types.ModuleType, fresh: types.ModuleType) -> None:
    """Put what `fresh` has into `module`, which has been published before, and which Python code may have imported."""
    owners: dict[int, dict[str, Any]] = vars(module).setdefault(_OWNERS, {})
    before = owners.pop(_interloop.here(), {})
    gone = [before, *(owners.pop(number) for number in list(owners) if not _interloop.lives(number))]
    for exports in gone:
        for key in exports:
            _drop(module, key, exports[key])
    # Where Python code has taken them, they call what comes now.
    serve_each(module.__name__, gone)
    owners[_interloop.here()] = exports = exports_of(fresh)
    if len(owners) == 1:
        module.__class__ = types.ModuleType
        vars(module).update(exports)
        return
    module.__class__ = SharedModule
    for other in owners.values():
        for key in other:
            _drop(module, key, other[key])
    serve_each(module.__name__, owners.values())


def _drop(module: types.ModuleType, key: str, value: Any) -> None:
    # The program may have put something else there.
    if vars(module).get(key, _OWN) is value:
        del vars(module)[key]


def exports_of(module: types.ModuleType) -> "dict[str, Any]":
    """The exports of a module that was not published yet."""
    return {key: value for key, value in vars(module).items() if key not in _OWN and key not in ("__interloop__", "__path__", _OWNERS) and not is_ours(value)}


def remember(module: types.ModuleType) -> None:
    """A module is published whose name no module had before."""
    vars(module)[_OWNERS] = {_interloop.here(): exports_of(module)}


def is_ours(value: object) -> bool:
    """Whether it is a module that JavaScript has made."""
    return isinstance(value, types.ModuleType) and vars(value).get("__interloop__") is True


# Functions that Python code has taken out of the module, by `from module import name`


class _ByThread:
    """Stands in a wrapper for its JavaScript function, and calls that of the same name which the JavaScript of this thread exports."""

    def __init__(self, module: "str | types.ModuleType", name: str, js: JsFunction, thread: "int | None") -> None:
        self.module = module
        self.name = name
        self.js = js
        self.thread = thread  # of an async function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        js, thread = self._here()
        if thread is not None and thread != get_ident():
            return call_there(js, *args, **kwargs)
        return js(*args, **kwargs)

    def _here(self) -> "tuple[JsFunction, int | None]":
        """The function that the module exports on this thread, and of an async one its thread."""
        function = _exported_here(self.module, self.name)
        cell, thread = _cell(function, "js"), _cell(function, "home")
        there = self if cell is None else cell.cell_contents
        if isinstance(there, _ByThread):
            return there.js, there.thread
        return there, None if thread is None else thread.cell_contents


class _Anywhere:
    """Equals the identifier of any thread: the wrapper of an async function is to leave the choice to `_ByThread`."""

    def __init__(self, thread: int) -> None:
        self.thread = thread

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def _cell(function: Any, variable: str) -> Any:
    code = getattr(function, "__code__", None)
    names = getattr(code, "co_freevars", ())
    return function.__closure__[names.index(variable)] if variable in names else None


def _exported_here(module: "str | types.ModuleType", name: str) -> Any:
    """What the module, or the one that is imported under the name, exports on this thread; None when there is no such export."""
    return getattr(sys.modules.get(module) if isinstance(module, str) else module, name, None)


class FollowingClass:
    """Finds the JavaScript class of that name which the JavaScript of this thread exports."""

    def __init__(self, module: "str | types.ModuleType", name: str) -> None:
        self.module = module
        self.name = name

    def find(self, cls: type) -> "type":
        """`cls` itself when there is no other."""
        found = _exported_here(self.module, self.name)
        return found if isinstance(found, type(cls)) else cls


def serve_each(module: "str | types.ModuleType", several: "Iterable[dict[str, Any]]") -> None:
    """Let the functions and classes among these exports, of the module or of the one that is imported under the name, serve each thread."""
    for exports in several:
        for name, function in exports.items():
            if isinstance(function, type):
                if hasattr(type(function), "_origin") and type.__getattribute__(function, "_origin") is None:
                    type.__setattr__(function, "_origin", FollowingClass(module, name))
                continue
            js, thread = _cell(function, "js"), _cell(function, "home")
            if js is None or not isinstance(js.cell_contents, JsFunction):
                continue
            js.cell_contents = _ByThread(module, name, js.cell_contents, None if thread is None else thread.cell_contents)
            if thread is not None:
                thread.cell_contents = _Anywhere(thread.cell_contents)
