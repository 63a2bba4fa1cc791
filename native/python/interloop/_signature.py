"""What `inspect.signature` answers for a JavaScript function, read from its source."""

import ast
import json
import keyword
import re
from collections.abc import Iterator
from inspect import Parameter, Signature
from typing import Any


class Expression:
    """The default of a parameter that only JavaScript can evaluate."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __repr__(self) -> str:
        return self.source


def signature_of(function: Any) -> Signature:
    """The parameters of a JavaScript function, as Python can give them: positional ones, and, where the last one is taken apart (``{ a, b = 1 }``), keywords."""
    try:
        return Signature(list(_parameters(_list_of(function.toString()))))
    except (ValueError, IndexError, AttributeError, TypeError):
        # Native or bound, or written in a way that this does not understand: how many there are is known.
        count = function.length if isinstance(function.length, int) else 0
        return Signature([_positional(f"arg{index}", Parameter.empty) for index in range(count)])


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
    optional = False
    for index, part in enumerate(parts):
        if part.startswith("..."):
            yield Parameter(_identifier(part[3:]) or "args", Parameter.VAR_POSITIONAL)
            continue
        name, default = _cut(part)
        if name.startswith("{") and index == len(parts) - 1:
            yield from _keywords(name[1:-1])
            continue
        optional = optional or default != ""
        # What follows an optional parameter may be left out in JavaScript, whatever it is.
        yield _positional(_identifier(name) or f"arg{index}", _literal(default) if default else None if optional else Parameter.empty)


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


def _positional(name: str, default: Any) -> Parameter:
    return Parameter(name, Parameter.POSITIONAL_ONLY, default=default)


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
