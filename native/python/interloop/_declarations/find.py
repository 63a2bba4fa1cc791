"""Where the types of a Python module stand: stub packages, stubs beside the module, the typeshed of the environment, the source, or the running module."""

import ast
import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from typing import Optional

from ._introspect import stub_of


class NotFound(Exception):
    """A module that is not there, cannot be imported, or cannot be parsed; the message says which and where."""


@dataclass
class Source:
    """The text that is read for a module. `docs` is the source whose docstrings the text lacks."""

    text: str
    file: str
    is_package: bool
    is_stub: bool
    docs: Optional[str] = None


def _read(file: str) -> str:
    with open(file, encoding="utf-8") as stream:
        return stream.read()


def _in_folder(folder: str, parts: list[str], ending: str) -> Optional[tuple[str, bool]]:
    path = os.path.join(folder, *parts)
    package = os.path.join(path, "__init__" + ending)
    if os.path.isfile(package):
        return package, True
    if os.path.isfile(path + ending):
        return path + ending, False
    return None


def typeshed() -> Optional[str]:
    """The folder of the standard library's stubs, if a package of this environment brings one."""
    for package, parts in (("typeshed_client", ["typeshed"]), ("mypy", ["typeshed", "stdlib"]), ("jedi", ["third_party", "typeshed", "stdlib"])):
        for folder in sys.path:
            found = os.path.join(folder or os.curdir, package, *parts)
            if os.path.isfile(os.path.join(found, "VERSIONS")):
                return found
    return None


def is_standard(name: str) -> bool:
    """Whether the module belongs to the standard library."""
    top = name.partition(".")[0]
    names = getattr(sys, "stdlib_module_names", None)  # 3.10
    if names is not None:
        return top in names
    if top in sys.builtin_module_names:
        return True
    spec = importlib.util.find_spec(top)
    return spec is not None and spec.origin is not None and "site-packages" not in spec.origin and spec.origin.startswith(os.path.dirname(os.__file__))


def _from_typeshed(name: str) -> Optional[tuple[str, bool]]:
    folder = typeshed()
    if folder is None or not is_standard(name):
        return None
    return _in_folder(folder, name.split("."), ".pyi")


def _search(name: str) -> Optional[tuple[str, bool, bool]]:
    top, *rest = name.split(".")
    for folder in sys.path:
        stubs = os.path.join(folder or os.curdir, top + "-stubs")
        found = _in_folder(stubs, rest, ".pyi") if os.path.isdir(stubs) else None
        if found is not None:
            return (*found, True)
    standard = _from_typeshed(name)
    if standard is not None:
        return (*standard, True)
    for folder in sys.path:
        for ending in (".pyi", ".py"):
            found = _in_folder(folder or os.curdir, [top, *rest], ending)
            if found is not None:
                return (*found, ending == ".pyi")
    return None


def locate(name: str) -> Source:
    """The source for a module's types. Raises NotFound."""
    found = _search(name)
    if found is not None:
        file, is_package, is_stub = found
        try:
            return Source(_read(file), file, is_package, is_stub, _docs_beside(name, file) if is_stub else None)
        except (OSError, UnicodeDecodeError) as error:
            raise NotFound(f"{file}: {error}") from None
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise NotFound(f"There is no module {name} in this Python ({error}): install it in the environment that interloop doctor names") from None
    except Exception as error:
        raise NotFound(f"The module {name} cannot be imported: {type(error).__name__}: {error}") from None
    return Source(stub_of(module), f"<{name}>", hasattr(module, "__path__"), True)


def exists(name: str) -> bool:
    """Whether a module of this name has types that can be read without running it."""
    return _search(name) is not None


def _docs_beside(name: str, stub: str) -> Optional[str]:
    beside = stub[: -len(".pyi")] + ".py"
    if os.path.isfile(beside):
        return beside
    top, *rest = name.split(".")
    for folder in sys.path:
        found = _in_folder(folder or os.curdir, [top, *rest], ".py")
        if found is not None:
            return found[0]
    return None


def parse(source: Source) -> ast.Module:
    """The syntax tree. Raises NotFound with the line of a syntax error."""
    try:
        return ast.parse(source.text, source.file)
    except SyntaxError as error:
        raise NotFound(f"{source.file}:{error.lineno}: {error.msg}") from None
    except ValueError as error:
        raise NotFound(f"{source.file}: {error}") from None
