"""What `JSON.stringify` writes of a handle: the walk of `_to_js.py` with the forms that JSON has."""

import array
import collections.abc
import decimal
import fractions
from collections.abc import Callable
from typing import Any

from ._errors import InterloopError
from ._js import JsObject
from ._to_js import ARRAY, OBJECT, VALUE, Walk

_CHOICES = {"tuple": "array", "datetime": "iso", "text": "string", "enum": "value", "record": "object", "collection": "convert", "dict": "object"}


def flatten_for_json(root: Any, take: "Callable[..., None]", chunk: int) -> None:
    """As `flatten`, with the forms of JSON: sets are arrays, times are text in ISO 8601, a Decimal is its text."""
    walk = _JsonWalk(float("inf"), _CHOICES, None)
    walk.item(root, 0)
    walk.contents()
    walk.hand_over(take, chunk)


class _JsonWalk(Walk):
    def _standard(self, value: Any, level: int) -> bool:
        if isinstance(value, (decimal.Decimal, fractions.Fraction)):
            return self._write(VALUE, str(value))
        if isinstance(value, (int, float)):
            return self._write(VALUE, int(value) if isinstance(value, int) else float(value))
        if isinstance(value, (set, frozenset, array.array)):
            return self._container(value, ARRAY, value, level)
        if isinstance(value, JsObject):
            return self._write(VALUE, value)
        if isinstance(value, (list, dict)):
            return super()._standard(value, level)
        if self._library(value, level):
            return True
        raise InterloopError(
            "not-convertible",
            f'JSON has no form for a Python {type(value).__name__}: convert the data with python.toJs, whose option "default" says what becomes of it',
        )

    def _collection(self, value: Any, level: int) -> bool:
        if isinstance(value, collections.abc.Set) and not isinstance(value, (set, frozenset)):
            return self._container(value, ARRAY, value, level)
        return super()._collection(value, level)

    def _mapping(self, source: Any, level: int) -> bool:
        if all(type(key) is str for key in source):
            return self._container(source, OBJECT, source, level)
        named = {_name_of(key): item for key, item in source.items()}
        if len(named) < len(source):
            raise InterloopError("not-convertible", "Two keys of a dict are one name in JSON, so one of them would be lost")
        self._alive.append(named)
        return self._container(source, OBJECT, named, level)


def _name_of(key: Any) -> str:
    """The name that Python's `json` gives a key."""
    if isinstance(key, str):
        return "".join(key)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, int):
        return int.__repr__(key)
    if isinstance(key, float):
        return float.__repr__(key)
    raise InterloopError("not-convertible", f"JSON has no name for the key {key!r} of a dict: convert the dict with python.toJs, which makes a Map of it")
