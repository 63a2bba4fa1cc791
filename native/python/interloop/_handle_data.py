"""What a Python object is to JavaScript as data: the items behind a handle's own properties, and what JSON writes of it."""

import array
import collections
import collections.abc
import enum
import json
import re
import struct
import sys
import types
from typing import Any

from ._data_libraries import is_frame
from ._errors import InterloopError

# array.array is a Sequence from 3.10 on only.
_SEQUENCES = (list, tuple, range, array.array, collections.deque, collections.abc.Sequence)
_BYTES = (bytes, bytearray, memoryview)
_TEXTS = (str, *_BYTES)


def is_keyed(target: Any) -> bool:
    """Whether the object has items by key: a mapping, a table, a series of pandas."""
    if isinstance(target, collections.abc.Mapping) or is_frame(target) or is_row(target):
        return True
    kind = type(target)
    return hasattr(kind, "keys") and hasattr(kind, "__getitem__") and hasattr(kind, "__contains__")


def is_row(target: Any) -> bool:
    """Whether it is a row of a database whose items have names and positions: of sqlite3 or asyncpg."""
    return any((base.__module__.partition(".")[0], base.__name__) in _ROWS for base in type(target).__mro__)


_ROWS = frozenset((("sqlite3", "Row"), ("asyncpg", "Record")))


def is_indexed(target: Any) -> bool:
    """Whether the object has items by position, and a length."""
    if isinstance(target, _TEXTS) or is_keyed(target):
        return False
    return isinstance(target, _SEQUENCES) or _is_array(target)


def _is_array(target: Any) -> bool:
    """Whether it is an array of numpy or torch, an index of pandas, a series of polars, an array of pyarrow, or one like them."""
    kind = type(target)
    if not (hasattr(kind, "__array__") and hasattr(kind, "__len__") and hasattr(kind, "__getitem__")):
        return False
    return bool(getattr(target, "ndim", 1) > 0)


def names_of_fields(target: Any) -> "tuple[str, ...]":
    """The fields of a structured array of numpy, or of one of its items."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(target, (numpy.ndarray, numpy.void)):
        return ()
    return target.dtype.names or ()


def _names_of_record(target: Any) -> "tuple[str, ...]":
    """The fields of an item of a structured array, where no attribute hides one."""
    names = () if is_indexed(target) else names_of_fields(target)
    return () if any(hasattr(type(target), name) for name in names) else names


def _names_of_items(target: Any) -> "tuple[str, ...]":
    """The names that the items of a named tuple have, or of a row of SQLAlchemy."""
    kind = type(target)
    if not isinstance(target, tuple) and not hasattr(kind, "_asdict"):
        return ()
    names: Any = getattr(target, "_fields", None)
    # Two columns of a row may have one name.
    return names if isinstance(names, tuple) and all(isinstance(name, str) for name in names) and len(set(names)) == len(names) else ()


def data_kind(target: Any) -> "str | None":
    """Which of JavaScript's values the object resembles: "sequence", "text", "number" or none."""
    if isinstance(target, str):
        return "text"
    if is_frame(target):
        return None
    if is_indexed(target) or _is_array(target):
        return "sequence"
    kind = type(target)
    if hasattr(kind, "__array__"):  # numpy gives times and texts the methods of numbers, too
        return "number" if getattr(target.dtype, "kind", "f") in "biuf" else None
    return "number" if hasattr(kind, "__index__") or hasattr(kind, "__float__") else None


def item_at(target: Any, name: str, missing: Any) -> Any:
    """`target[int(name)]` for a handle's numeric property, or `missing`."""
    kind = type(target)
    index = int(name)
    if is_keyed(target):
        for key in (name, index):
            if _has_key(target, key):
                return target[key]
        return target[index] if is_row(target) and -len(target) <= index < len(target) else missing
    if not hasattr(kind, "__getitem__"):
        return getattr(target, name, missing)
    try:
        return target[index]
    except (IndexError, KeyError):
        return missing


def set_item_at(target: Any, name: str, value: Any) -> None:
    """`target[int(name)] = value`; a mapping that has the key as text keeps it as text."""
    if not hasattr(type(target), "__setitem__"):
        setattr(target, name, value)
    elif is_keyed(target) and _has_key(target, name):
        target[name] = value
    else:
        target[int(name)] = value


def fallback_of(target: Any, name: str, missing: Any) -> Any:
    """What a handle answers for a name that is no attribute: an item of a mapping, the length of a sequence."""
    if is_keyed(target):
        if _has_key(target, name):
            return target[name]
        if _is_decimal(name) and _has_key(target, float(name)):
            return target[float(name)]
        return len(target) if name == "length" and (is_row(target) or (_is_array(target) and not is_frame(target))) else missing
    if name == "length" and (is_indexed(target) or isinstance(target, _BYTES)):
        return len(target)
    if name in names_of_fields(target):
        return target[name]
    if name in _names_of_items(target):  # of a database's column, whose name is no identifier
        return target[_names_of_items(target).index(name)]
    return _looked_up(target, name, missing) if _has_labels(target) else missing


def _is_decimal(name: str) -> bool:
    return "." in name and name.lstrip("-").replace(".", "", 1).isdigit()


def _has_labels(target: Any) -> bool:
    """Whether names stand for items although they cannot be listed: `loc` and `at` of pandas, the groups of a match."""
    return isinstance(target, re.Match) or (type(target).__module__ == "pandas.core.indexing" and type(target).__name__ in ("_LocIndexer", "_AtIndexer"))


def _looked_up(target: Any, name: str, missing: Any) -> Any:
    try:
        return target[name]
    except (LookupError, TypeError, ValueError):
        return missing


def has_item(target: Any, name: str) -> bool:
    """Whether a handle shows an item under this name."""
    if is_keyed(target):
        return _has_key(target, name) or (_is_integer(name) and _has_key(target, int(name)))
    return is_indexed(target) and (name == "length" or (_is_integer(name) and int(name) < len(target)))


def own_kind(target: Any, name: str) -> int:
    """Of a handle's own property: 2 when it is data, and so enumerable, 1 when it is another attribute, 0 when there is none. Runs no property's code where it need not."""
    if name in _names_of_items(target) or name in _names_of_record(target):
        return 2
    if is_keyed(target) or is_indexed(target):
        if (name != "length" or is_keyed(target)) and has_item(target, name):
            return 2
    elif name in getattr(target, "__dict__", ()) or name in _slots_of(type(target)):
        return 2 if _is_field(name) and hasattr(target, name) else 1
    if any(name in vars(base) for base in type(target).__mro__):
        return 1
    return int(hasattr(target, name) or has_item(target, name))


def _is_integer(name: str) -> bool:
    return name.isascii() and name.isdigit()


def _has_key(target: Any, key: Any) -> bool:
    return key in _keys_of(target) if is_frame(target) or is_row(target) else key in target


def _keys_of(target: Any) -> Any:
    if is_frame(target):
        return target.column_names if hasattr(target, "column_names") else list(target.columns)
    return target.keys()


def is_collection(target: Any) -> bool:
    """Whether all of it is there to be iterated over, as of a list, a dict or an array: such a handle is no async iterable in JS."""
    kind = type(target)
    return hasattr(kind, "__len__") and hasattr(kind, "__iter__") and not hasattr(kind, "__aiter__")


def own_keys(target: Any) -> str:
    """The names of a handle's own properties as JSON: the number of items of a sequence, or the names, those that are data first."""
    if names := _names_of_items(target):
        return json.dumps(["".join(name) for name in names])
    if is_indexed(target):
        return json.dumps(len(target))
    if names := _names_of_record(target):
        return json.dumps(list(names))
    if is_keyed(target):
        return json.dumps([_name_of(target, key) for key in _keys_of(target)])
    fields = _fields_of(target)
    if fields is None:
        raise InterloopError(
            "not-convertible",
            f"A Python {type(target).__name__} has no properties that JavaScript could list, copy or compare: convert it with python.toJs, or compare it with python.equals",
        )
    return json.dumps(list(dict.fromkeys([*fields, *("".join(name) for name in dir(target) if isinstance(name, str))])))


def _name_of(target: Any, key: Any) -> str:
    if not isinstance(key, str):
        raise InterloopError(
            "not-convertible", f"A key of this {type(target).__name__} is no string but {key!r}: convert the object with python.toJs, which makes a Map of it"
        )
    if key == "then":
        raise InterloopError(
            "not-convertible",
            f"A key of this {type(target).__name__} is 'then', which a handle does not show, since it is no promise: convert the object with python.toJs",
        )
    if key == "toJSON":
        raise InterloopError(
            "not-convertible",
            f"A key of this {type(target).__name__} is 'toJSON', under which a handle has a method for JSON: convert the object with python.toJs",
        )
    if hasattr(target, key) and not _is_item(target, key):
        raise InterloopError(
            "not-convertible",
            f"The key {key!r} of this {type(target).__name__} is also one of its attributes, which the handle shows: convert the object with python.toJs",
        )
    return "".join(key)


def _is_item(target: Any, key: str) -> bool:
    # A column of a pandas frame is an attribute as well.
    return not hasattr(type(target), key)


def _fields_of(target: Any) -> "list[str] | None":
    """The names in the object's own `__dict__` and `__slots__`; None where some of its content lies elsewhere."""
    kind = type(target)
    names = getattr(target, "__dict__", None)
    slots = _slots_of(kind)
    if isinstance(target, BaseException) or (names is None and not slots) or not (_is_whole(target) or _has_only(kind)):
        return None
    fields = [name for name in dict.fromkeys((*slots, *(names or ()))) if isinstance(name, str) and _is_field(name) and hasattr(target, name)]
    # Functions without fields would all be equal to each other.
    return None if not fields and ((callable(target) and not isinstance(target, type)) or getattr(kind, "__eq__", None) is not object.__eq__) else fields


def _slots_of(kind: type) -> "list[str]":
    """The fields that instances have room for besides their `__dict__`. Where a class compares by a method of its own, its slots are its own business."""
    for marker in ("__dataclass_fields__", "__attrs_attrs__"):
        named: Any = getattr(kind, marker, None)
        if named is not None:
            return [each if isinstance(each, str) else each.name for each in named]
    if getattr(kind, "__eq__", None) is not object.__eq__:
        return []
    return _members_of(kind)


def _members_of(kind: type) -> "list[str]":
    return [name for base in reversed(kind.__mro__) for name, member in vars(base).items() if isinstance(member, types.MemberDescriptorType)]


def _is_whole(target: Any) -> bool:
    """Whether JavaScript sees all of the object that matters: members of enums have a value, and what can be called is compared by identity."""
    return callable(target) or isinstance(target, (enum.Enum, types.ModuleType))


_POINTER = struct.calcsize("P")


def _has_only(kind: type) -> bool:
    """Whether an instance has no memory besides its slots, its `__dict__` and its weak references: no C code keeps anything in it."""
    return kind.__itemsize__ == 0 and kind.__basicsize__ <= object.__basicsize__ + (len(_members_of(kind)) + 2) * _POINTER


def _is_field(name: str) -> bool:
    return not (name.startswith("__") and name.endswith("__"))
