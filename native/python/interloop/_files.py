"""Python files that JavaScript imports by their place, and the names that a module exports, by its syntax."""

import ast
import importlib
import importlib.util
import os
import sys
import tokenize
import zlib
from types import ModuleType
from typing import Optional
from urllib.parse import urlsplit
from urllib.request import url2pathname


def _path(url: str) -> str:
    path = os.path.abspath(url2pathname(urlsplit(url).path))
    if not os.path.isfile(path):
        raise ModuleNotFoundError(f"There is no file {path}", path=path)
    return path


def _place(path: str) -> "tuple[str, str]":
    """The folder that a file would be imported from, and the name that it would have: that of a package's file begins with the package."""
    folder, base = os.path.split(path)
    name = base.rpartition(".")[0]
    parts = [] if name == "__init__" else [name]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    return folder, ".".join(parts)


def _is_file(origin: Optional[str], path: str) -> bool:
    try:
        return origin is not None and os.path.samefile(origin, path)
    except OSError:
        return False


def import_file(url: str) -> ModuleType:
    """The module of a file. Python's own `import` gives the same one where it finds the file; its folder is the last of `sys.path`, so it hides nothing."""
    path = _path(url)
    folder, name = _place(path)
    if folder not in sys.path:
        sys.path.append(folder)
    own = f"_file_{name.rpartition('.')[2]}_{zlib.crc32(path.encode()):08x}"
    for known in (name, own):
        loaded = sys.modules.get(known)
        if loaded is not None and _is_file(getattr(loaded, "__file__", None), path):
            return importlib.import_module(known)  # waits where another thread imports it
    importlib.invalidate_caches()
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        spec = None
    if spec is not None and _is_file(spec.origin, path):
        return importlib.import_module(name)
    # Another module has the name, such as one of the standard library.
    spec = importlib.util.spec_from_file_location(own, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file", path=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[own] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(own, None)
        raise
    return sys.modules[own]


def exported_names(url: str) -> "list[str]":
    """What a Python file exports. Raises SyntaxError."""
    from ._declarations.find import Source
    from ._declarations.source import Modules

    path = _path(url)
    folder, name = _place(path)
    if folder not in sys.path:
        sys.path.append(folder)
    with tokenize.open(path) as stream:
        text = stream.read()
    ast.parse(text, path)  # says the line
    modules = Modules()
    modules.add_source(name, Source(text, path, os.path.basename(path) == "__init__.py", False))
    return _names(modules.public(name))


def exported_names_of(name: str) -> "list[str]":
    """What a module exports. It is imported when it has no source; raises ImportError when there is no such module."""
    from ._declarations.source import Modules

    if importlib.util.find_spec(name) is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    modules = Modules()
    found = modules.public(name) if modules.exists(name) else []
    if not found:
        module = importlib.import_module(name)
        found = list(getattr(module, "__all__", None) or [key for key in vars(module) if not key.startswith("_")])
    return _names(found)


def _names(found: "list[str]") -> "list[str]":
    # A module of JavaScript with the name `then` could not be awaited.
    return [name for name in dict.fromkeys(found) if name.isidentifier() and name not in ("default", "then")]
