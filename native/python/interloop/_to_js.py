"""Deep conversion to JavaScript, the Python half: a walk that writes down, in codes and values, what core's `to-js.ts` builds.

Containers are numbered in the order in which they are met, and their contents follow in that order: depth costs no stack, and cycles stay cycles.
"""

import array
import collections.abc
import dataclasses
import datetime
import enum
import numbers
import operator
import pathlib
import types
import uuid
from collections.abc import Callable
from typing import Any

from ._arrow import is_table, stream_of
from ._data_libraries import ABSENT, columns_of, is_null, plain_of, split_time
from ._errors import InterloopError, JsError
from ._handle_data import is_row, names_of_fields
from ._js import JsBuffer, JsObject
from ._js_dict import JsDict

# The codes are those of to-js.ts.
ROOT, VALUE, SEEN, ARRAY, FROZEN, OBJECT, MAP, SET = "h", "v", "r", "A", "F", "O", "M", "S"
BYTES, SHARED, TYPED, DATE, TEMPORAL, ERROR = "b", "z", "y", "d", "t", "e"

_COPIED = frozenset((type(None), bool, int, float, str))
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)


def flatten(root: Any, take: "Callable[..., None]", chunk: int, depth: float, choices: str, default: "Callable[[Any], Any] | None") -> None:
    """Walk through `root` and hand over the codes, and the values, so many at a time."""
    walk = Walk(depth, dict(choice.split("=") for choice in choices.split()), default)
    walk.item(root, 0)
    walk.contents()
    if walk.codes == [VALUE] and walk.values[0] is root:
        take(ROOT)
    else:
        walk.hand_over(take, chunk)


class Walk:
    def __init__(self, depth: float, choices: "dict[str, str]", default: "Callable[[Any], Any] | None") -> None:
        self.codes: list[str] = []
        self.values: list[Any] = []
        self._depth = depth
        self._choices = choices
        self._default = default
        self._made: dict[int, int] = {}  # the number of what was met before, by its id
        self._alive: list[Any] = []  # an id names an object only while the object lives
        self._replaced: dict[int, Any] = {}  # what the program's hook answered, by the id of what it was asked about
        self._open: list[tuple[Any, bool, int]] = []  # containers whose contents are still to be written

    def item(self, value: Any, level: int, hooked: bool = False) -> None:
        if type(value) in _COPIED or type(value) is JsDict or level >= self._depth:
            self._write(VALUE, value)
        elif id(value) in self._made:
            self._write(SEEN, self._made[id(value)])
        elif self._exact(value, level) or (self._choices and self._chosen(value, level)) or self._standard(value, level):
            pass
        elif self._default is None or hooked or isinstance(value, JsObject):
            self._write(VALUE, value)
        else:
            self._replace(value, level, self._default)

    def contents(self) -> None:
        for value, keyed, level in self._open:  # which grows meanwhile
            if keyed:
                pairs = list(value.items())
                self.values.append(len(pairs))
                for key, item in pairs:
                    self.item(key, level)
                    self.item(item, level)
            else:
                items = list(value)
                self.values.append(len(items))
                for item in items:
                    self.item(item, level)

    def hand_over(self, take: "Callable[..., None]", chunk: int) -> None:
        codes, values = "".join(self.codes), self.values
        for start in range(0, max(len(values), 1), chunk):
            take(codes if start == 0 else "", *values[start : start + chunk])

    def _write(self, code: str, *values: Any) -> bool:
        self.codes.append(code)
        self.values += values
        return True

    def _make(self, source: Any, code: str, *values: Any) -> bool:
        """Number a new object that stands for `source`."""
        self._made[id(source)] = len(self._made)
        self._alive.append(source)
        return self._write(code, *values)

    def _container(self, source: Any, code: str, items: Any, level: int) -> bool:
        self._open.append((items, code in (OBJECT, MAP), level + 1))
        self._alive.append(items)
        # Leaves are numbered as well, but have no contents.
        return self._make(source, code)

    def _mapping(self, source: Any, level: int) -> bool:
        code = MAP
        if self._choices.get("dict") != "map":
            if all(type(key) is str for key in source):
                code = OBJECT
            elif self._choices.get("dict") == "object":
                raise InterloopError(
                    "not-convertible",
                    'A dict with keys that are not strings cannot become a plain object: leave out the option "dict", or set it to "map"',
                )
        return self._container(source, code, source, level)

    def _exact(self, value: Any, level: int) -> bool:
        kind = type(value)
        if kind is list:
            return self._container(value, ARRAY, value, level)
        if kind is dict:
            return self._mapping(value, level)
        if kind is tuple:
            return self._container(value, ARRAY if self._choices.get("tuple") == "array" else FROZEN, value, level)
        return False

    def _standard(self, value: Any, level: int) -> bool:
        """What has a counterpart that is equal to it when it comes back."""
        if isinstance(value, list):
            return self._container(value, ARRAY, value, level)
        if isinstance(value, dict):
            return self._mapping(value, level)
        if isinstance(value, (set, frozenset)):
            return self._container(value, SET, value, level)
        if isinstance(value, collections.abc.Mapping) and not isinstance(value, JsObject) and _is_its_dict(value):
            return self._mapping(value, level)
        if isinstance(value, (bytes, bytearray)):
            return self._make(value, BYTES, bytes(value))
        if isinstance(value, memoryview) and value.ndim == 1:
            if _is_js_buffer(value):
                return self._write(VALUE, value)
            if value.format == "B":
                return self._make(value, BYTES, value.tobytes())
            return value.format in _TYPED_FORMATS and self._make(value, TYPED, value.tobytes(), value.format, value.itemsize)
        if isinstance(value, array.array) and value.typecode in _TYPED_FORMATS:
            return self._make(value, TYPED, value.tobytes(), value.typecode, value.itemsize)
        return self._library(value, level)

    def _library(self, value: Any, level: int) -> bool:
        """What data libraries and pydantic made."""
        if self._choices.get("frame") == "columns" and (columns := columns_of(value)) is not None:
            return self._container(value, OBJECT, columns, level)
        if self._choices.get("frame") == "arrow" and is_table(value):
            return self._make(value, SHARED, stream_of(value))
        if self._choices.get("ndarray") == "typed" and self._typed(value):
            return True
        if self._choices.get("record") is not None and names_of_fields(value) and value.ndim > 0:
            items = list(value)  # tolist() makes tuples, which have no names
            self._alive.append(items)
            return self._container(value, ARRAY, items, level)
        plain = plain_of(value)
        if plain is ABSENT:
            return False
        self._alive.append(plain)
        if isinstance(plain, list):
            return self._container(value, ARRAY, plain, level)
        self.item(plain, level)
        return True

    def _typed(self, value: Any) -> bool:
        code = getattr(getattr(value, "dtype", None), "char", None)
        if code not in _TYPED_FORMATS or getattr(value, "ndim", 0) != 1 or not hasattr(value, "tobytes"):
            return False
        return self._make(value, TYPED, value.astype(value.dtype.newbyteorder("=")).tobytes(), code, value.itemsize)

    def _chosen(self, value: Any, level: int) -> bool:
        """What loses something on its way, and is converted because an option says so."""
        choose = self._choices.get
        if is_null(value):  # pandas' NaT is a datetime
            return self._write(VALUE, None)
        if isinstance(value, enum.Enum) and choose("enum") is not None:
            self.item(value.value if choose("enum") == "value" else value.name, level)
            return True
        if choose("datetime") is not None and (split := (value, 0) if type(value) in _TIMES else split_time(value)) is not None:
            return _TIME_FORMS[choose("datetime", "")](self, *split)
        if isinstance(value, numbers.Number) and not _is_time(value) and not isinstance(value, bool) and choose("number") is not None:
            return self._number(value, choose("number") == "string")
        if isinstance(value, _TEXTS) and choose("text") is not None:
            # Of a subclass its characters, whatever its __str__ says.
            return self._write(VALUE, "".join(value if isinstance(value, str) else str(value)))
        if isinstance(value, _TIMES) and choose("datetime") is not None:
            return _TIME_FORMS[choose("datetime", "")](self, value, 0)
        if isinstance(value, BaseException) and choose("exception") is not None:
            return self._write(VALUE, value.value) if isinstance(value, JsError) else self._make(value, ERROR, value)
        if choose("record") is not None:
            fields = _fields_of(value)
            if fields is not None:
                return self._container(value, OBJECT, fields, level)
        return choose("collection") is not None and self._collection(value, level)

    def _collection(self, value: Any, level: int) -> bool:
        if isinstance(value, (str, bytes, bytearray, memoryview, array.array, list, dict, set, frozenset)):
            return False
        if isinstance(value, collections.abc.Mapping):
            return self._mapping(value, level)
        if isinstance(value, collections.abc.Set):
            return self._container(value, SET, value, level)
        if isinstance(value, (collections.abc.Sequence, collections.abc.ValuesView)):
            return self._container(value, ARRAY, value, level)
        return False

    def _number(self, value: Any, as_text: bool) -> bool:
        if isinstance(value, numbers.Integral):
            whole = int(operator.index(value))
            return self._write(VALUE, str(whole) if as_text else whole)
        if as_text:
            return self._write(VALUE, "".join(str(value)))
        # Of complex numbers JavaScript knows nothing.
        return hasattr(type(value), "__float__") and not isinstance(value, complex) and self._write(VALUE, float.__float__(float(value)))

    def _replace(self, value: Any, level: int, default: "Callable[[Any], Any]") -> None:
        if id(value) not in self._replaced:
            self._replaced[id(value)] = default(value)
            self._alive.append(value)
        self.item(self._replaced[id(value)], level, hooked=True)


def _is_its_dict(value: "collections.abc.Mapping[Any, Any]") -> bool:
    """Whether nothing is lost when a dict of the items stands for the mapping: they are equal."""
    try:
        return (value == dict(value.items())) is True
    except Exception:
        return False  # its code does not know dicts


def _is_js_buffer(view: memoryview) -> bool:
    """Whether the memoryview stands for a whole buffer of JavaScript."""
    if not isinstance(view.obj, JsBuffer) or view.readonly:
        return False
    whole = memoryview(view.obj)
    return (view.format, view.nbytes, view.strides) == (whole.format, whole.nbytes, whole.strides)


# The formats that typed arrays have. "B" is not among them: a Uint8Array comes back as bytes, which no array equals.
_TYPED_FORMATS = frozenset("bhilqnHILQNfd")
_TEXTS = (str, uuid.UUID, pathlib.PurePath)
_TIMES = (datetime.date, datetime.time, datetime.timedelta, datetime.datetime)


def _fields_of(value: Any) -> "dict[str, Any] | None":
    """The fields of a record by name; None for anything else."""
    kind = type(value)
    attributes: Any = getattr(kind, "__attrs_attrs__", None)  # attrs
    if attributes is not None:
        return {each.name: getattr(value, each.name) for each in attributes}
    if dataclasses.is_dataclass(kind):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(kind)}
    if isinstance(value, tuple):
        names: Any = getattr(kind, "_fields", None)
        return None if names is None else dict(zip(names, value))
    if is_row(value):
        return dict(zip(value.keys(), value))
    if hasattr(kind, "_asdict") and hasattr(kind, "_fields"):  # a row of SQLAlchemy
        return dict(value._asdict())
    if fields := names_of_fields(value):
        return {name: value[name] for name in fields} if getattr(value, "ndim", 0) == 0 else None
    if hasattr(kind, "model_dump") and hasattr(kind, "model_fields"):
        return dict(value)  # a model of pydantic iterates over its fields
    return dict(vars(value)) if isinstance(value, types.SimpleNamespace) else None


def _is_time(value: Any) -> bool:
    """Whether it is a time of numpy, whose timedelta64 calls itself an integer."""
    return getattr(getattr(value, "dtype", None), "kind", "") in ("m", "M")


def _in_utc(value: datetime.datetime) -> datetime.datetime:
    try:
        return value.astimezone(datetime.timezone.utc)
    except (OverflowError, OSError, ValueError):
        raise InterloopError(
            "not-convertible", f'The datetime {value.isoformat()} lies outside of the years 1 to 9999 in UTC; convert it with datetime: "iso"'
        ) from None


def _as_date(walk: Walk, value: Any, nanoseconds: int) -> bool:
    # Whatever is below a millisecond is lost.
    if isinstance(value, datetime.datetime):
        instant = value if value.utcoffset() is not None else _in_utc(value)
        return walk._make(value, DATE, (instant - _EPOCH) // _MILLISECOND)
    if isinstance(value, datetime.date):
        return walk._make(value, DATE, (value - _EPOCH.date()) // _MILLISECOND)
    return isinstance(value, datetime.timedelta) and walk._write(VALUE, value / _MILLISECOND)


def _iso(value: Any, nanoseconds: int) -> str:
    """The text in ISO 8601, with `nanoseconds` more."""
    if isinstance(value, datetime.timedelta):
        total = value // datetime.timedelta(microseconds=1) * 1000 + nanoseconds
        seconds, rest = divmod(abs(total), 1_000_000_000)
        digits = "" if not rest else f".{rest // 1000:06}" if rest % 1000 == 0 else f".{rest:09}"
        return f"{'-' if total < 0 else ''}PT{seconds}{digits}S"
    if not nanoseconds:
        return "".join(value.isoformat())
    text = value.isoformat(timespec="microseconds")
    end = text.index(".") + 7
    return f"{text[:end]}{nanoseconds:03}{text[end:]}"


def _as_iso(walk: Walk, value: Any, nanoseconds: int) -> bool:
    return walk._write(VALUE, _iso(value, nanoseconds))


def _as_temporal(walk: Walk, value: Any, nanoseconds: int) -> bool:
    if isinstance(value, datetime.timedelta):
        return walk._make(value, TEMPORAL, "Duration", _iso(value, nanoseconds), "")
    if isinstance(value, datetime.time):
        return value.tzinfo is None and walk._make(value, TEMPORAL, "PlainTime", value.isoformat(), "")
    if not isinstance(value, datetime.datetime):
        return walk._make(value, TEMPORAL, "PlainDate", value.isoformat(), "")
    if value.utcoffset() is None:
        return walk._make(value, TEMPORAL, "PlainDateTime", _iso(value.replace(tzinfo=None), nanoseconds), "")
    zone = _zone_of(value)
    instant = _iso(_in_utc(value), nanoseconds)
    return zone is not None and walk._make(value, TEMPORAL, "ZonedDateTime", instant, zone)


def _zone_of(value: datetime.datetime) -> "str | None":
    """The name of the zone, or its offset; None for an offset that is no whole number of minutes."""
    key = getattr(value.tzinfo, "key", None)
    if isinstance(key, str):
        return key
    if value.tzinfo is datetime.timezone.utc:
        return "UTC"
    minutes, rest = divmod(value.utcoffset() or datetime.timedelta(), datetime.timedelta(minutes=1))
    return None if rest else f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


_TIME_FORMS: "dict[str, Callable[[Walk, Any, int], bool]]" = {"date": _as_date, "iso": _as_iso, "temporal": _as_temporal}
