"""JavaScript classes that a module exports, as Python classes: `isinstance`, `issubclass`, `except`, static members. An instance is the JavaScript object itself."""

import types
from collections.abc import Callable
from typing import Any

import _interloop
from _interloop import JsFunction, JsObject

from ._errors import JsError, class_of, make, register
from ._js import new
from ._main_frame import boundary, rename
from ._protocols import cannot_inherit, is_instance
from ._signature import doc_of, signature_of


@boundary
def _construct(cls: Any, *args: Any, **kwargs: Any) -> Any:
    made = new(js_of(cls), *args, **kwargs)
    if not issubclass(cls, JsError) or not isinstance(made, JsObject):
        return made
    # To be raised, it has to be an exception.
    error = make(cls, str(made.name), str(made.message), str(made.stack), made)
    error._thrown = made  # type: ignore[attr-defined]
    return error


class JsClass(type):
    """The class of the Python classes that stand for JavaScript's: calling one constructs, its attributes are the static members."""

    _js: JsFunction
    # A FollowingClass, once several threads of JavaScript export the class.
    _origin: Any = None

    def __new__(cls, name: str, bases: "tuple[type, ...]", namespace: "dict[str, Any]", js: "JsFunction | None" = None) -> "JsClass":
        if js is None:
            raise TypeError(cannot_inherit(f"the JavaScript class {bases[0].__name__}"))
        made = super().__new__(cls, name, bases, namespace)
        type.__setattr__(made, "_js", js)
        type.__setattr__(made, "_origin", None)
        return made

    def __init__(cls, name: str, bases: "tuple[type, ...]", namespace: "dict[str, Any]", js: "JsFunction | None" = None) -> None:
        super().__init__(name, bases, namespace)

    __call__: "Callable[..., Any]" = _construct

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return getattr(js_of(cls), name)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith(("__", "_abc_")):
            type.__setattr__(cls, name, value)
        else:
            setattr(js_of(cls), name, value)

    def __delattr__(cls, name: str) -> None:
        delattr(js_of(cls), name)

    def __instancecheck__(cls, value: object) -> bool:
        return type.__instancecheck__(cls, value) or is_instance(js_of(cls), value)

    def __subclasscheck__(cls, other: Any) -> bool:
        if isinstance(other, JsClass):
            return bool(_interloop.subclass_of(js_of(cls), js_of(other)))
        if isinstance(other, JsFunction):
            return bool(_interloop.subclass_of(js_of(cls), other))
        return type.__subclasscheck__(cls, other)

    def __dir__(cls) -> "list[str]":
        return sorted({*type.__dir__(cls), *dir(js_of(cls))})

    def __repr__(cls) -> str:
        return f"<JavaScript class {cls.__name__}>"


def js_of(cls: Any) -> JsFunction:
    origin = type.__getattribute__(cls, "_origin")
    js: JsFunction = type.__getattribute__(cls if origin is None else origin.find(cls), "_js")
    return js


def _namespace(js: JsFunction, name: str, module: str, doc: "str | None") -> "dict[str, Any]":
    return {
        "__module__": module,
        "__qualname__": name,
        "__doc__": doc or doc_of(js) or f"The JavaScript class {name}.",
        "__signature__": signature_of(js),
    }


def make_class(js: JsFunction, name: str, module: str, doc: "str | None" = None) -> type:
    """The Python class for a JavaScript class whose instances are no errors."""
    return JsClass(name, (), _namespace(js, name, module, doc), js=js)


def make_error_class(js: JsFunction, name: str, module: str, base: int) -> int:
    """Make the class for JavaScript errors, which inherits from the one with the number `base`, if that is not negative. The answer is its number."""
    parent = JsError if base < 0 else class_of(base)
    made: Any = JsClass(name, (parent,), _namespace(js, name, module, None), js=js)
    return register(made)


# Python classes whose methods are JavaScript's


def make_subclass(name: "str | None", doc: "str | None", count: int, *parts: Any) -> type:
    """A class that inherits from the first `count` parts; the others are the names and values of its members."""
    bases, rest = parts[:count], parts[count:]
    name = name or bases[0].__name__
    members = {"__module__": "__main__", "__qualname__": name}
    if doc is not None:
        members["__doc__"] = doc
    for key, value in zip(rest[::2], rest[1::2]):
        members[key] = _ADAPTED[key](value) if key in _ADAPTED and isinstance(value, JsFunction) else value
    return types.new_class(name, bases, {}, lambda namespace: namespace.update(members))


def _adapted(convert: "Callable[[Any], Any]", name: str) -> "Callable[[JsFunction], Any]":
    """Python wants an iterator of this method, and JavaScript returns what it iterates over itself."""

    def adapt(js: JsFunction) -> Any:
        def method(self: Any) -> Any:
            return convert(js(self))

        rename(method, name)
        return method

    return adapt


_ADAPTED: "dict[str, Callable[[JsFunction], Any]]" = {
    "__iter__": _adapted(iter, "__iter__"),
    "__aiter__": _adapted(lambda value: type(value).__aiter__(value), "__aiter__"),
    "__await__": _adapted(lambda value: type(value).__await__(value), "__await__"),
    # As type() does with functions of Python.
    "__new__": staticmethod,
    "__init_subclass__": classmethod,
    "__class_getitem__": classmethod,
}
