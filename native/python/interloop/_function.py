"""What functions of Python have as attributes, for JavaScript's. Called by the addon."""

import functools
import types
import typing
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Any

import _interloop

from ._main_frame import FILE
from ._signature import annotations_of, doc_of, name_of, signature_of

_BY_POSITION = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def attribute_of(target: Any, name: str) -> Any:
    """An attribute that every function of Python has, or ``__dict__`` of a JavaScript object."""
    return _ATTRIBUTES[name](target)


class Fields(dict[str, Any]):
    """``vars(object)``: its own properties. What is put in is set in JavaScript as well."""

    def __init__(self, target: Any) -> None:
        names = _interloop.member(target, "fields")
        if names is None:
            raise AttributeError(f"{target!r} has no attribute '__dict__': what it is lies in no properties of its own")
        super().__init__((name, _interloop.member(target, name) if name.startswith("__") else getattr(target, name)) for name in names)
        self._target = target

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self._target, name, value)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        delattr(self._target, name)

    def update(self, *others: Any, **more: Any) -> None:
        """As with any dict."""
        for name, value in dict(*others, **more).items():
            self[name] = value


def _code_of(function: Any) -> types.CodeType:
    parameters = [
        each.replace(annotation=Parameter.empty, default=Parameter.empty if each.default is Parameter.empty else None)
        for each in signature_of(function).parameters.values()
    ]
    return _compiled(name_of(function), str(Signature(parameters)), _interloop.member(function, "kind"))


@functools.lru_cache(maxsize=256)
def _compiled(name: str, parameters: str, kind: str) -> types.CodeType:
    """Code that never runs. Its flags say that a function is one of coroutines or a generator function."""
    start = "async def" if kind.startswith("async") else "def"
    whole = compile(f"{start} function{parameters}: {'yield' if kind.endswith('generator') else 'pass'}", FILE, "exec")
    (code,) = (each for each in whole.co_consts if isinstance(each, types.CodeType))
    return code.replace(co_name=name)


def _signature_of(function: Any) -> Signature:
    if _interloop.member(function, "__wrapped__") is not None:
        raise AttributeError("inspect looks at what the function wraps")
    return signature_of(function)


def _defaults_of(function: Any) -> "tuple[Any, ...] | None":
    parameters = signature_of(function).parameters.values()
    return tuple(each.default for each in parameters if each.kind in _BY_POSITION and each.default is not Parameter.empty) or None


def _keyword_defaults_of(function: Any) -> "Mapping[str, Any] | None":
    parameters = signature_of(function).parameters.values()
    return {each.name: each.default for each in parameters if each.kind is Parameter.KEYWORD_ONLY and each.default is not Parameter.empty} or None


_ATTRIBUTES: "dict[str, Callable[[Any], Any]]" = {
    "__name__": name_of,
    "__qualname__": name_of,
    "__module__": lambda function: "__main__",
    "__signature__": _signature_of,
    "__doc__": doc_of,
    "__annotations__": annotations_of,
    "__defaults__": _defaults_of,
    "__kwdefaults__": _keyword_defaults_of,
    "__code__": _code_of,
    "__closure__": lambda function: None,
    "__globals__": lambda function: dict(vars(typing)),
    "__dict__": Fields,
}
