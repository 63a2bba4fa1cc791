"""A stub of a module that has no types to read: its functions and classes as they are at run time."""

import inspect
import keyword
from types import ModuleType


def _parameters(function: object) -> str:
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "(*args, **kwargs)"
    parts: list[str] = []
    previous = None
    for parameter in signature.parameters.values():
        kind = parameter.kind
        if previous is inspect.Parameter.POSITIONAL_ONLY and kind is not previous:
            parts.append("/")
        if kind is inspect.Parameter.KEYWORD_ONLY and previous not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.KEYWORD_ONLY):
            parts.append("*")
        stars = "*" if kind is inspect.Parameter.VAR_POSITIONAL else "**" if kind is inspect.Parameter.VAR_KEYWORD else ""
        annotation = _annotation(parameter.annotation)
        default = "" if parameter.default is inspect.Parameter.empty else " = ..."
        parts.append(f"{stars}{parameter.name}{f': {annotation}' if annotation else ''}{default}")
        previous = kind
    if previous is inspect.Parameter.POSITIONAL_ONLY:
        parts.append("/")
    result = _annotation(signature.return_annotation)
    return f"({', '.join(parts)}){f' -> {result}' if result else ''}"


def _annotation(value: object) -> str:
    if value is None or value is type(None):
        return "None"
    if isinstance(value, type) and value.__module__ == "builtins" and value is not inspect.Parameter.empty:
        return value.__name__
    return ""


def _docstring(value: object, indent: str) -> str:
    text = inspect.getdoc(value)
    return f"{indent}{text!r}" if text else f"{indent}..."


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _function(name: str, value: object, indent: str, decorator: str = "") -> list[str]:
    prefix = "async " if inspect.iscoroutinefunction(value) else ""
    return [*([f"{indent}@{decorator}"] if decorator else []), f"{indent}{prefix}def {name}{_parameters(value)}:", _docstring(value, indent + "    ")]


def _class(value: type) -> list[str]:
    bases = [base.__name__ for base in value.__bases__ if base is not object and (base.__module__ in ("builtins", value.__module__))]
    head = f"({', '.join(bases)})" if bases else ""
    lines = [f"class {value.__name__}{head}:", _docstring(value, "    ")]
    for name, member in vars(value).items():
        if not _is_name(name) or (
            name.startswith("_") and name not in ("__init__", "__enter__", "__aenter__", "__getitem__", "__iter__", "__len__", "__call__")
        ):
            continue
        if isinstance(member, classmethod):
            lines += _function(name, member.__func__, "    ", "classmethod")
        elif isinstance(member, staticmethod):
            lines += _function(name, member.__func__, "    ", "staticmethod")
        elif callable(member):
            lines += _function(name, member, "    ")
        elif isinstance(member, property) or inspect.isdatadescriptor(member):
            lines += ["    @property", f"    def {name}(self):", _docstring(member, "        ")]
        else:
            lines.append(f"    {name}: {_annotation(type(member)) or 'object'}")
    return lines


def stub_of(module: ModuleType) -> str:
    """The text of a stub."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    lines = [repr(inspect.getdoc(module) or ""), "from typing import Any"]
    for name in names:
        value = getattr(module, name, None)
        if not isinstance(name, str) or not _is_name(name):
            continue
        if isinstance(value, ModuleType):
            continue
        if isinstance(value, type):
            if value.__name__ == name:
                lines += _class(value)
            else:
                lines.append(f"{name} = {value.__name__}" if value.__name__ in names else f"{name}: type")
        elif callable(value):
            lines += _function(name, value, "")
        else:
            lines.append(f"{name}: {_annotation(type(value)) or 'Any'}")
    lines.append(f"__all__ = {[name for name in names if isinstance(name, str)]!r}")
    return "\n".join(lines) + "\n"
