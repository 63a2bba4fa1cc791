"""What a module declares, by the syntax of its source: names, and what they stand for."""

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Optional, Union

from .find import NotFound, Source, exists, locate, parse

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]

# Modules whose names the converter knows itself: they are not read for classes.
KNOWN = {"typing", "typing_extensions", "collections.abc", "_collections_abc", "builtins", "types", "contextlib", "abc", "_typeshed"}


@dataclass
class Symbol:
    """A name of a module: `function` with all its overloads, `class`, `variable`, or `import` of a module or of a name of one."""

    kind: str
    nodes: list[ast.AST] = field(default_factory=list)
    target: tuple[str, Optional[str]] = ("", None)
    reexported: bool = False


@dataclass
class Found:
    """Where a name is declared. Without a symbol: a module (no name), or a name that is not read."""

    module: str
    name: str
    symbol: Optional[Symbol] = None


class Module:
    """The names of one module."""

    def __init__(self, name: str, source: Source) -> None:
        self.name = name
        self.source = source
        self.tree = parse(source)
        self.names: dict[str, Symbol] = {}
        self.stars: list[str] = []
        self.all: Optional[list[str]] = None
        self.doc = ast.get_docstring(self.tree)
        self._docs: Optional[dict[str, str]] = None
        self._collect(self.tree.body)

    def _collect(self, body: list[ast.stmt]) -> None:
        for node in chosen(body):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._add_function(node)
            elif isinstance(node, ast.ClassDef):
                self.names[node.name] = Symbol("class", [node])
            elif isinstance(node, ast.ImportFrom):
                self._add_import_from(node)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    target = alias.name if alias.asname else alias.name.partition(".")[0]
                    self.names[alias.asname or target] = Symbol("import", [node], (target, None), alias.asname == alias.name)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                self.names[node.target.id] = Symbol("variable", [node])
            elif isinstance(node, ast.Assign):
                self._add_assignment(node)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == "__all__":
                self.all = [*(self.all or []), *_texts(node.value)]
            elif type(node).__name__ == "TypeAlias":  # 3.12
                self.names[node.name.id] = Symbol("variable", [node])  # type: ignore[attr-defined]

    def _add_function(self, node: Function) -> None:
        before = self.names.get(node.name)
        if before is not None and before.kind == "function" and any(is_overload(other) for other in before.nodes):
            before.nodes.append(node)
        else:
            self.names[node.name] = Symbol("function", [node])

    def _add_import_from(self, node: ast.ImportFrom) -> None:
        origin = node.module or ""
        if node.level:
            parts = self.name.split(".")
            parts = parts[: len(parts) - node.level + (1 if self.source.is_package else 0)]
            origin = ".".join([*parts, *([node.module] if node.module else [])])
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(origin)
            else:
                self.names[alias.asname or alias.name] = Symbol("import", [node], (origin, alias.name), alias.asname == alias.name)

    def _add_assignment(self, node: ast.Assign) -> None:
        for target in node.targets:
            if not isinstance(target, ast.Name):
                continue
            if target.id == "__all__":
                self.all = _texts(node.value)
            else:
                self.names[target.id] = Symbol("variable", [node])

    def docstring(self, path: str) -> Optional[str]:
        """The docstring of a name of the module, which a stub has elsewhere."""
        if self._docs is None:
            self._docs = {}
            if self.source.docs is not None:
                try:
                    with open(self.source.docs, encoding="utf-8") as stream:
                        tree = ast.parse(stream.read())
                except (OSError, SyntaxError, ValueError):
                    return None
                self._docs = dict(_docstrings(tree.body, ""))
        return self._docs.get(path)


def _docstrings(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, str]]:
    for node in chosen(body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            text = ast.get_docstring(node)
            if text:
                yield prefix + node.name, text
            if isinstance(node, ast.ClassDef):
                yield from _docstrings(node.body, f"{prefix}{node.name}.")


def _texts(node: ast.AST) -> list[str]:
    return [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def decorators(node: ast.AST) -> list[str]:
    """The names of what decorates a function or class, without the modules before them."""
    found = []
    for decorator in getattr(node, "decorator_list", []):
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        found.append(target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else "")
    return found


def is_overload(node: ast.AST) -> bool:
    return "overload" in decorators(node)


def chosen(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that hold on this Python and this system, whatever `if` they stand under."""
    for node in body:
        if isinstance(node, ast.If):
            value = truth(node.test)
            if value is not False:
                yield from chosen(node.body)
            if value is not True:
                yield from chosen(node.orelse)
        elif isinstance(node, (ast.Try, ast.With)):
            yield from chosen(node.body)
            if isinstance(node, ast.Try):
                yield from chosen(node.orelse)
        else:
            yield node


def truth(node: ast.expr) -> Optional[bool]:
    """What a test of the version, the platform or TYPE_CHECKING comes to; None for any other."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        value = truth(node.operand)
        return None if value is None else not value
    if isinstance(node, ast.BoolOp):
        values = [truth(part) for part in node.values]
        decisive = isinstance(node.op, ast.Or)
        if decisive in values:
            return decisive
        return None if None in values else not decisive
    if isinstance(node, (ast.Name, ast.Attribute)):
        return True if (node.id if isinstance(node, ast.Name) else node.attr) == "TYPE_CHECKING" else None
    text = ast.unparse(node)
    if not isinstance(node, (ast.Compare, ast.Call)) or "sys." not in text:
        return None
    allowed = (ast.Compare, ast.Call, ast.Attribute, ast.Name, ast.Constant, ast.Tuple, ast.Subscript, ast.Slice, ast.cmpop, ast.expr_context, ast.UnaryOp)
    if not all(isinstance(part, allowed) and (not isinstance(part, ast.Name) or part.id == "sys") for part in ast.walk(node)):
        return None
    try:
        return bool(eval(text, {"__builtins__": {}, "sys": sys}))
    except Exception:
        return None


class Modules:
    """The modules that have been read, and names across them."""

    def __init__(self) -> None:
        self._read: dict[str, Optional[Module]] = {}
        self._exists: dict[str, bool] = {}
        self._public: dict[str, list[str]] = {}
        self.problems: dict[str, str] = {}

    def read(self, name: str) -> Module:
        """A module. Raises NotFound."""
        if self._read.get(name) is None:
            self._read[name] = Module(name, locate(name))
        found = self._read[name]
        assert found is not None
        return found

    def add_source(self, name: str, source: Source) -> None:
        """A module whose source is known."""
        self._read[name] = Module(name, source)

    def add_file(self, name: str, file: str) -> Module:
        """A module of the program's own, by its file. Raises NotFound."""
        try:
            with open(file, encoding="utf-8") as stream:
                text = stream.read()
        except (OSError, UnicodeDecodeError) as error:
            raise NotFound(f"{file}: {error}") from None
        stub = file + "i"
        source = Source(text, file, os.path.basename(file) == "__init__.py", False)
        if os.path.isfile(stub):
            with open(stub, encoding="utf-8") as stream:
                source = Source(stream.read(), stub, source.is_package, True, file)
        self._read[name] = module = Module(name, source)
        return module

    def exists(self, name: str) -> bool:
        """Whether there is such a module, of which types can be read."""
        if name not in self._exists:
            self._exists[name] = exists(name)
        return self._exists[name]

    def get(self, name: str) -> Optional[Module]:
        """A module, if it can be read; nothing is run for it."""
        if name not in self._read:
            try:
                self._read[name] = Module(name, locate(name)) if self.exists(name) else None
            except NotFound as error:
                self.problems[name] = str(error)
                self._read[name] = None
        return self._read[name]

    def lookup(self, module: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> Found:
        """What a name of a module stands for, through imports and plain aliases."""
        if module in KNOWN or (module, name) in seen:
            return Found(module, name)
        seen |= {(module, name)}
        read = self.get(module)
        symbol = None if read is None else read.names.get(name)
        if symbol is None:
            for star in read.stars if read is not None else ():
                if name in self.public(star):
                    return self.lookup(star, name, seen)
            if read is not None and self.exists(f"{module}.{name}"):
                return Found(f"{module}.{name}", "")
            return Found(module, name)
        if symbol.kind == "import":
            origin, attribute = symbol.target
            if attribute is None:
                return Found(origin, "")
            if origin == module and attribute not in read.names:  # type: ignore[union-attr]  # a package's own submodule
                return Found(f"{origin}.{attribute}", "")
            found = self.lookup(origin, attribute, seen)
            return (
                Found(f"{origin}.{attribute}", "")
                if found.symbol is None and found.name and self.exists(f"{origin}.{attribute}") and origin not in KNOWN
                else found
            )
        node = symbol.nodes[0]
        if symbol.kind == "variable" and isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Attribute)):
            found = self.resolve(module, ast.unparse(node.value), seen)
            if found.symbol is not None or found.module in KNOWN:
                return found
        return Found(module, name, symbol)

    def resolve(self, module: str, dotted: str, seen: frozenset[tuple[str, str]] = frozenset()) -> Found:
        """What a dotted name in the source of a module stands for."""
        first, *rest = dotted.split(".")
        read = self.get(module)
        if read is not None and first not in read.names and not any(first in self.public(star) for star in read.stars):
            return Found("builtins", dotted)
        found = self.lookup(module, first, seen)
        for name in rest:
            if found.name == "":
                found = self.lookup(found.module, name, seen)
            elif found.symbol is not None and found.symbol.kind == "class":
                inner = class_member(found.symbol.nodes[0], name)
                found = Found(found.module, f"{found.name}.{name}", None if inner is None else Symbol("class", [inner]))
            else:
                return Found(found.module, f"{found.name}.{name}")
        return found

    def public(self, name: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """The names that a module exports, in their order."""
        if name not in self._public:
            found = self._exported(name, seen)
            if seen:
                return found  # cut short where modules import each other
            self._public[name] = found
        return self._public[name]

    def _exported(self, name: str, seen: frozenset[str]) -> list[str]:
        read = self.get(name)
        if read is None or name in seen:
            return []
        if read.all is not None and (read.all or not read.names):
            return list(dict.fromkeys(read.all))
        seen |= {name}
        top = name.partition(".")[0]
        found: dict[str, None] = {}
        for key, symbol in read.names.items():
            if key.startswith("_") and key != "__version__":
                continue
            ours = symbol.target[0].partition(".")[0] == top and symbol.target[1] is not None and read.source.is_package and not read.source.is_stub
            if symbol.kind != "import" or symbol.reexported or ours:
                found[key] = None
        for star in read.stars:
            for key in self.public(star, seen):
                found.setdefault(key, None)
        return list(found)


def class_member(node: ast.AST, name: str) -> Optional[ast.ClassDef]:
    """A class inside of a class."""
    for part in chosen(getattr(node, "body", [])):
        if isinstance(part, ast.ClassDef) and part.name == name:
            return part
    return None
