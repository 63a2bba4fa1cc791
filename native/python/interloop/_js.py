"""The types of JavaScript values, made by the addon; outside a JavaScript runtime they are empty classes that cannot be made."""

from collections.abc import Iterable, MutableMapping, MutableSequence
from typing import Any

from ._errors import NO_RUNTIME, InterloopError
from ._main_frame import boundary

try:
    from _interloop import JsArray, JsBuffer, JsFunction, JsMapping, JsObject, JsPromise, construct
except ImportError:

    class JsObject:  # type: ignore[no-redef]
        """A JavaScript object."""

        def __init__(self) -> None:
            raise InterloopError("no-runtime", NO_RUNTIME)

    class JsArray(JsObject):  # type: ignore[no-redef]
        """A JavaScript array, by reference."""

    class JsMapping(JsObject):  # type: ignore[no-redef]
        """A plain JavaScript object or a Map, by reference."""

    class JsFunction(JsObject):  # type: ignore[no-redef]
        """A JavaScript function."""

    class JsPromise(JsObject):  # type: ignore[no-redef]
        """A JavaScript promise."""

    class JsBuffer(JsObject):  # type: ignore[no-redef]
        """A typed array, a DataView or an ArrayBuffer."""

    def construct(constructor: JsFunction, arguments: Iterable[Any], keywords: "dict[str, Any]", /) -> Any:
        """Stand in for the addon's function."""
        raise InterloopError("no-runtime", NO_RUNTIME)


def _take_methods(kind: type, source: type, names: str) -> None:
    source.register(kind)  # type: ignore[attr-defined]
    for name in names.split():
        setattr(kind, name, getattr(source, name))


def _insert(self: JsArray, index: int, value: Any) -> None:
    self.splice(index, 0, value)


# The properties of an object, which are its attributes, come before these.
setattr(JsArray, "insert", _insert)  # noqa: B010
_take_methods(JsArray, MutableSequence, "__reversed__ index count append extend remove clear pop")
_take_methods(JsMapping, MutableMapping, "keys items values get pop popitem setdefault update clear")


@boundary
def new(constructor: JsFunction, *args: Any, **kwargs: Any) -> Any:
    """Construct a JavaScript object: ``new constructor(...args)``. A keyword argument goes to the parameter of its name; where there is none it is part of a trailing object.

    Raises:
        JsError: What the constructor threw.
    """
    if kwargs:
        from ._signature import arrange, places_of

        given, names = arrange(places_of(constructor), args, tuple(kwargs), tuple(kwargs.values()))
        count = len(given) - len(names)
        args, kwargs = given[:count], dict(zip(names, given[count:]))
    return construct(constructor, args, kwargs)


__all__ = ["JsArray", "JsBuffer", "JsFunction", "JsMapping", "JsObject", "JsPromise", "new"]
