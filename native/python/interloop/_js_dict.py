"""Plain JavaScript objects that have functions: a dict for libraries that ask for one, whose attributes are those of the object. Made by the addon."""

import copy
import functools
from typing import Any

_get = object.__getattribute__


class JsDict(dict[str, Any]):
    """A plain JavaScript object with functions.

    Its items are a copy of the object's properties, as those of any plain data; what Python puts into it is set in JavaScript as well. Its attributes are those of the object itself, so methods keep
    their ``this``, and in JavaScript it is the object.
    """

    # The addon sets it.
    __slots__ = ("__weakref__", "_js")
    _js: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Libraries make another dict of the same type: that has no JavaScript object behind it."""
        return dict(*args, **kwargs)

    def __getattribute__(self, name: str) -> Any:
        if name[:2] == "__":
            return _get(self, name)
        js = _get(self, "_js")
        if name in _METHODS and name not in js:
            return _get(self, name)
        return getattr(js, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        delattr(_get(self, "_js"), name)
        dict.pop(self, name, None)

    def __setitem__(self, key: Any, value: Any) -> None:
        _get(self, "_js")[key] = value
        dict.__setitem__(self, key, value)

    def __delitem__(self, key: Any) -> None:
        dict.__delitem__(self, key)
        js = _get(self, "_js")
        if key in js:
            del js[key]

    # What changes a dict without __setitem__

    def update(self, *others: Any, **more: Any) -> None:
        """As with any dict."""
        for key, value in dict(*others, **more).items():
            self[key] = value

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]
        _get(self, "update")(other)
        return self

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """As with any dict."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: Any, *default: Any) -> Any:
        """As with any dict."""
        if key in self or not default:
            value = self[key]
            del self[key]
            return value
        return default[0]

    def popitem(self) -> "tuple[Any, Any]":
        """As with any dict."""
        if not self:
            raise KeyError("popitem(): dictionary is empty")
        key = next(reversed(self))
        return key, _get(self, "pop")(key)

    def clear(self) -> None:
        """As with any dict."""
        for key in list(self):
            del self[key]

    # Identity is that of the object, equality with other dicts that of the items.

    def __eq__(self, other: object) -> Any:
        if isinstance(other, JsDict):
            return _get(self, "_js") == _get(other, "_js")
        return dict.__eq__(self, other)

    def __ne__(self, other: object) -> Any:
        same = self.__eq__(other)
        return same if same is NotImplemented else not same

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(_get(self, "_js"))

    # Copies are dicts.

    def copy(self) -> "dict[str, Any]":
        """As with any dict: a dict."""
        return dict(self)

    def __copy__(self) -> "dict[str, Any]":
        return dict(self)

    def __deepcopy__(self, memo: "dict[int, Any]") -> "dict[str, Any]":
        made: dict[str, Any] = {}
        memo[id(self)] = made
        made.update((key, copy.deepcopy(value, memo)) for key, value in dict.items(self))
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)

    def __str__(self) -> str:
        js = _get(self, "_js")
        return str(js) if "toString" in js else repr(self)

    def __dir__(self) -> "list[str]":
        return sorted({*dir(_get(self, "_js")), *_METHODS})


_METHODS = frozenset(name for name in dir(dict) if not name.startswith("__"))

# What the addon makes these with, without running any of Python's code.
make = functools.partial(dict.__new__, JsDict)
set_js = JsDict.__dict__["_js"].__set__
