"""Deep conversion to Python, the Python half: builds what core's `to-py.ts` wrote down, in codes and values.

Containers are numbered in the order in which they are met, and their contents follow in that order. What cannot be changed once it is made, a tuple or a frozenset, is made when its contents are there.
"""

import array
import datetime
from typing import Any

from ._errors import InterloopError

# The codes are those of to-py.ts.
VALUE, SEEN, LIST, TUPLE, DICT, SET, FROZENSET = "v", "r", "L", "T", "D", "S", "Z"
BYTES, TYPED, DATE, TEMPORAL, ERROR, FLOAT = "b", "y", "d", "t", "x", "f"

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def date_of(milliseconds: float) -> datetime.datetime:
    """The datetime for a Date of JavaScript."""
    made: datetime.datetime = _in_range(lambda: _EPOCH + datetime.timedelta(milliseconds=milliseconds))
    return made


class _Later:
    """A tuple or a frozenset that waits for its contents."""

    __slots__ = ("entered", "items", "kind", "made", "value")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.items: list[Any] = []
        self.value: Any = None
        self.entered = self.made = False


class Builder:
    """Takes codes and values in, in pieces, and answers with what they describe."""

    def __init__(self) -> None:
        self._codes = ""
        self._values: list[Any] = []
        self._made: list[Any] = []
        self._open: list[tuple[str, Any]] = []

    def feed(self, codes: str, *values: Any) -> None:
        self._codes += codes
        self._values += values

    def finish(self) -> Any:
        codes, values = iter(self._codes), iter(self._values)
        root = self._item(codes, values)
        contents: list[tuple[str, Any, list[Any]]] = []
        for kind, target in self._open:  # which grows meanwhile
            items = [self._item(codes, values) for _ in range(next(values))]
            if type(target) is _Later:
                target.items = items
            else:
                contents.append((kind, target, items))
        for _, target in self._open:
            if type(target) is _Later:
                _make(target)
        for kind, target, items in contents:
            _fill(kind, target, [_value_of(item) for item in items])
        return _value_of(root)

    def _item(self, codes: Any, values: Any) -> Any:
        code = next(codes)
        if code == VALUE:
            return next(values)
        if code == FLOAT:
            return float(next(values))
        if code == SEEN:
            return self._made[next(values)]
        made: Any
        if code in _CONTAINERS:
            made = _CONTAINERS[code]()
            self._open.append((code, made))
        elif code == BYTES:
            made = bytes(next(values))
        elif code == TYPED:
            typecode, memory = next(values), next(values)
            made = array.array(typecode)
            made.frombytes(memoryview(memory).cast("B"))
        elif code == DATE:
            made = _in_range(lambda: _EPOCH + datetime.timedelta(milliseconds=next(values)))
        elif code == ERROR:
            made = next(values)
        else:
            name, text, zone = next(values), next(values), next(values)
            made = _in_range(lambda: _from_temporal(name, text, zone))
        self._made.append(made)
        return made


_CONTAINERS: "dict[str, Any]" = {
    LIST: list,
    TUPLE: lambda: _Later(TUPLE),
    DICT: dict,
    SET: set,
    FROZENSET: lambda: _Later(FROZENSET),
}


begin = Builder
feed = Builder.feed
finish = Builder.finish


def build(codes: str, *values: Any) -> Any:
    """What fits into one call."""
    builder = Builder()
    builder.feed(codes, *values)
    return builder.finish()


def _value_of(item: Any) -> Any:
    return item.value if type(item) is _Later else item


def _make(later: _Later) -> None:
    """Make the tuple or frozenset, and first those that it holds; without recursion."""
    stack = [later]
    while stack:
        top = stack[-1]
        waiting = [] if top.made else [item for item in top.items if type(item) is _Later and not item.made]
        if not waiting:
            if not top.made:
                items = [_value_of(item) for item in top.items]
                top.value = tuple(items) if top.kind == TUPLE else _checked(frozenset(items), items, "Two members of a Set")
                top.made = True
            stack.pop()
        elif top.entered:
            raise InterloopError(
                "not-convertible",
                "A frozen array, or one in a key, becomes a tuple, and a tuple cannot hold itself: leave it unfrozen, and out of keys",
            )
        else:
            top.entered = True
            stack += waiting


def _fill(kind: str, target: Any, items: "list[Any]") -> None:
    if kind == LIST:
        target.extend(items)
    elif kind == SET:
        target.update(items)
        _checked(target, items, "Two members of a Set")
    else:
        keys = items[::2]
        target.update(zip(keys, items[1::2]))
        _checked(target, keys, "Two keys of a Map")


def _checked(target: Any, items: "list[Any]", what: str) -> Any:
    """Nothing is lost where JavaScript tells apart what Python does not: 1 and true, or two arrays with the same content."""
    if len(target) != len(items):
        raise InterloopError("not-convertible", f"{what} are equal in Python, so one of them would be lost")
    return target


def _in_range(make: Any) -> Any:
    try:
        return make()
    except (OverflowError, ValueError) as error:
        raise InterloopError("not-convertible", f"Python's datetime cannot say this time: {error}") from error


def _from_temporal(name: str, text: str, zone: str) -> Any:
    if name == "Duration":
        return datetime.timedelta(microseconds=int(text))
    if name == "PlainDate":
        return datetime.date.fromisoformat(text)
    if name == "PlainTime":
        return datetime.time.fromisoformat(text)
    moment = datetime.datetime.fromisoformat(text)
    return moment.astimezone(_zone(zone)) if zone != "" else moment


def _zone(name: str) -> datetime.tzinfo:
    if name == "UTC":
        return datetime.timezone.utc
    if name[0] in "+-":
        offset = datetime.timedelta(hours=int(name[1:3]), minutes=int(name[4:6]))
        return datetime.timezone(-offset if name[0] == "-" else offset)
    import zoneinfo

    return zoneinfo.ZoneInfo(name)
