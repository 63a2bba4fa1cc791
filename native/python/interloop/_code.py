"""Python code that JavaScript gives as text. Tracebacks show its lines."""

import functools
import keyword
import linecache
import sys
import textwrap
import types
from collections.abc import Callable
from typing import Any

from ._errors import InterloopError


def main_namespace() -> "dict[str, Any]":
    return sys.modules["__main__"].__dict__


_sources = 0


def compile_code(code: str, mode: str) -> types.CodeType:
    """Compile dedented code under a file name of its own, so that tracebacks can show its lines."""
    global _sources
    code = textwrap.dedent(code)
    code = code.strip() if mode == "eval" else code
    _sources += 1
    file = f"<interloop-{_sources}>"
    compiled = compile(code, file, mode)
    _remember_source(file, code)
    return compiled


def expression(code: str, names: str, *values: Any) -> Any:
    """The value of an expression with variables; `names` is joined by spaces."""
    return _function_of(code, names)(*values)


@functools.lru_cache(maxsize=256)
def _function_of(code: str, names: str) -> "Callable[..., Any]":
    for name in names.split(" ") if names else ():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise InterloopError("bad-argument", f"{name!r} cannot be the name of a Python variable")
    compile_code(code, "eval")  # for itself first: what it closes, it has opened
    function: Callable[..., Any] = eval(compile_code(f"lambda {names.replace(' ', ', ')}: (\n{code}\n)", "eval"), main_namespace())
    return function


_MOST_SOURCES = 256
_remembered: "list[str]" = []


def _remember_source(file: str, code: str) -> None:
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    _remembered.append(file)
    if len(_remembered) > _MOST_SOURCES:
        linecache.cache.pop(_remembered.pop(0), None)


def from_code(code: str, file: str, name: str) -> types.ModuleType:
    code = textwrap.dedent(code)
    compiled = compile(code, file, "exec")
    module = types.ModuleType(name)
    module.__file__ = file
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        exec(compiled, module.__dict__)
    except BaseException:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise
    return module
