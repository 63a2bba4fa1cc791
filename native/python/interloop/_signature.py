"""What `inspect.signature` answers for a JavaScript function, read from its source."""

import ast
import functools
import json
import keyword
import re
from collections.abc import Iterator
from inspect import Parameter, Signature
from typing import Any

import _interloop


class Expression:
    """The default of a parameter that only JavaScript can evaluate."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __repr__(self) -> str:
        return self.source


def signature_of(function: Any) -> Signature:
    """The parameters of a JavaScript function, as Python can give them: by position or by name; and, where the last one is taken apart (``{ a, b = 1 }``), keywords."""
    annotations = annotations_of(function)
    parameters = [each.replace(annotation=annotations[each.name]) if each.name in annotations else each for each in _parameters_of(function)]
    return Signature(parameters, return_annotation=annotations.get("return", Signature.empty))


def _parameters_of(function: Any) -> "tuple[Parameter, ...]":
    try:
        return _parsed(function.toString())
    except (ValueError, IndexError, AttributeError, TypeError):
        # Native or bound, or written in a way that this does not understand: annotate() may tell their names.
        named = [name for name in _said(function).get("parameters", ()) if _identifier(name)]
        if named:
            return tuple(Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in named)
        # How many there are is known.
        count = function.length if isinstance(function.length, int) else 0
        return tuple(Parameter(f"arg{index}", Parameter.POSITIONAL_ONLY) for index in range(count))


@functools.lru_cache(maxsize=1024)
def _parsed(source: str) -> "tuple[Parameter, ...]":
    found = tuple(_parameters(_list_of(source)))
    Signature(found)  # raises what Python cannot have, as two parameters of one name
    return found


# What JavaScript says of a function with annotate()


def _said(function: Any) -> "dict[str, Any]":
    return dict(_interloop.member(function, "annotations") or {})


def annotations_of(function: Any) -> "dict[str, Any]":
    said = _said(function)
    parameters = said.get("parameters", {})
    found = {name: parameters[name] for name in parameters}
    if "returns" in said:
        found["return"] = said["returns"]
    return found


def doc_of(function: Any) -> "str | None":
    said = _said(function)
    doc = said.get("doc")
    return doc if isinstance(doc, str) else None


def name_of(function: Any) -> str:
    """Its name; that of Python's lambdas where it has none, which is what libraries look for."""
    said = _said(function)
    name = said["name"] if "name" in said else getattr(function, "name", "")
    return name if isinstance(name, str) and name else "<lambda>"


# Keyword arguments


def places_of(function: Any) -> "tuple[dict[str, int], int | None]":
    """Where a function takes what it is given by name: the places of its parameters, and that of the object that is taken apart."""
    places: dict[str, int] = {}
    last: int | None = None
    for index, each in enumerate(_parameters_of(function)):
        if each.kind is Parameter.POSITIONAL_OR_KEYWORD:
            places[each.name] = index
        elif each.kind in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD):
            last = index if last is None else last
    return places, last


def arrange(
    places: "tuple[dict[str, int], int | None]", args: "tuple[Any, ...]", names: "tuple[str, ...]", values: "tuple[Any, ...]"
) -> "tuple[tuple[Any, ...], tuple[str, ...]]":
    """The arguments by position, followed by those that go into a trailing object; and the names of these."""
    by_name, last = places
    given = list(args)
    left: dict[str, Any] = {}
    for name, value in zip(names, values):
        if isinstance(value, Expression):
            continue  # a default, which JavaScript knows
        at = by_name.get(name)
        if at is None:
            left[name] = value
            continue
        if at < len(args):
            raise TypeError(f"The JavaScript function got multiple values for argument {name!r}")
        given += [_interloop.undefined] * (at + 1 - len(given))
        given[at] = value
    if left and last is not None:
        given += [_interloop.undefined] * (last - len(given))
    return (*given, *left.values()), tuple(left)


_PAIRS = {"(": ")", "[": "]", "{": "}"}
_QUOTES = "'\"`"


def _skip(text: str, at: int) -> int:
    """The place behind what begins at `at`: a bracket with its content, a string, a comment, or one character."""
    if text[at] in _PAIRS:
        close = _PAIRS[text[at]]
        at += 1
        while text[at] != close:
            at = _skip(text, at)
        return at + 1
    if text[at] in _QUOTES:
        end = at + 1
        while text[end] != text[at]:
            end += 2 if text[end] == "\\" else 1
        return end + 1
    if text.startswith("//", at):
        return text.find("\n", at) + 1 or len(text)
    if text.startswith("/*", at):
        return text.index("*/", at) + 2
    return at + 1


def _list_of(source: str) -> str:
    """The text of the parameter list."""
    arrow = re.match(r"(?:async\s+)?([\w$]+)\s*=>", source)
    if arrow:
        return arrow[1]
    if "[native code]" in source:
        raise ValueError("no source")
    at = 0
    if source.startswith("class"):
        constructor = re.search(r"\bconstructor\s*(?=\()", source)
        if constructor is None:
            raise ValueError("no constructor of its own")
        at = constructor.end()
    while source[at] != "(":
        at = _skip(source, at)
    return source[at + 1 : _skip(source, at) - 1]


def _split(text: str) -> "Iterator[str]":
    """The parts between commas, without comments; what is in brackets and strings counts as one."""
    part, at = "", 0
    while at < len(text):
        end = _skip(text, at)
        if text[at] == ",":
            yield part.strip()
            part = ""
        elif not text.startswith(("//", "/*"), at):
            part += text[at:end]
        at = end
    if part.strip():
        yield part.strip()


def _cut(part: str) -> "tuple[str, str]":
    """A parameter and its default, "" where there is none."""
    at = 0
    while at < len(part) and part[at] != "=":
        at = _skip(part, at)
    return part[:at].strip(), part[at + 1 :].strip()


def _parameters(text: str) -> "Iterator[Parameter]":
    parts = list(_split(text))
    named = [_identifier(_cut(part)[0]) for part in parts]
    # Python cannot give by name what stands before a parameter without one.
    without = max(
        (index for index, part in enumerate(parts) if named[index] is None and not _is_last_object(parts, index) and not part.startswith("...")), default=-1
    )
    optional = False
    for index, part in enumerate(parts):
        if part.startswith("..."):
            yield Parameter(_identifier(part[3:]) or "args", Parameter.VAR_POSITIONAL)
            continue
        name, default = _cut(part)
        if _is_last_object(parts, index):
            yield from _keywords(name[1:-1])
            continue
        optional = optional or default != ""
        # What follows an optional parameter may be left out in JavaScript, whatever it is.
        value = _literal(default) if default else None if optional else Parameter.empty
        kind = Parameter.POSITIONAL_ONLY if index <= without else Parameter.POSITIONAL_OR_KEYWORD
        yield Parameter(named[index] or f"arg{index}", kind, default=value)


def _is_last_object(parts: "list[str]", index: int) -> bool:
    return index == len(parts) - 1 and parts[index].startswith("{")


def _keywords(pattern: str) -> "Iterator[Parameter]":
    others = False
    for part in _split(pattern):
        name, default = _cut(part)
        name = _identifier(name.partition(":")[0].strip()) or ""
        if part.startswith("...") or not name:
            others = True
        else:
            yield Parameter(name, Parameter.KEYWORD_ONLY, default=_literal(default) if default else Parameter.empty)
    if others:
        yield Parameter("others", Parameter.VAR_KEYWORD)


def _identifier(text: str) -> "str | None":
    return text if text.isidentifier() and not keyword.iskeyword(text) else None


def _literal(source: str) -> Any:
    if source == "undefined":
        return None
    try:
        return json.loads(source)
    except ValueError:
        pass
    try:
        return ast.literal_eval(source) if source[0] in "'-.0123456789" else Expression(source)
    except (ValueError, SyntaxError):
        return Expression(source)
