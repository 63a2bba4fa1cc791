"""Declarations of TypeScript for Python modules: what is exported, and whatever that leads to in the same packages."""

import ast
import contextlib
from collections.abc import Iterator
from typing import Optional

from .classes import ClassWriter, _deprecated, _visible, is_bare
from .find import NotFound
from .names import comment, local
from .signature import Signatures
from .source import KNOWN, Found, Module, Modules, Symbol, chosen
from .types import TABLED, Converter, Scope, TypeVariable, literal


class Declarations:
    """The declarations of some modules."""

    tabled = TABLED

    def __init__(self, modules: Modules, packages: set[str]) -> None:
        self.modules = modules
        self.packages = packages
        self.foreign: set[str] = set()
        self.converter = Converter(self)
        self.signatures = Signatures(self.converter)
        self.classes = ClassWriter(self)
        # By module: the text of each declaration, by its name; and what the module imports and exports.
        self.texts: dict[str, dict[str, str]] = {}
        self.exports: dict[str, list[str]] = {}
        self.imports: dict[str, set[str]] = {}
        self._waiting: list[Found] = []
        self._seen: set[tuple[str, str, str]] = set()
        self._roots: list[str] = []
        self._inner: dict[tuple[str, str], Found] = {}
        # The module whose declaration is being written: names of others are qualified there.
        self.at = ""

    def in_scope(self, module: str) -> bool:
        return module.partition(".")[0] in self.packages

    def local(self, found: Found) -> str:
        return local(found.name)

    def docstring(self, module: str, path: str) -> Optional[str]:
        read = self.modules.get(module)
        return None if read is None else read.docstring(path)

    @contextlib.contextmanager
    def writing(self, module: str) -> Iterator[None]:
        before, self.at = self.at, module
        try:
            yield
        finally:
            self.at = before

    def _qualified(self, module: str, name: str) -> str:
        if module == self.at:
            return name
        self.imports.setdefault(self.at, set()).add(module)
        self.texts.setdefault(module, {})
        return f"{module_alias(module)}.{name}"

    def class_reference(self, found: Found, way: str) -> str:
        self._need(found, "class")
        name = self.local(found)
        if way == "in" and self.has_input(found):
            return self._qualified(found.module, f"{name}$In")
        return self._qualified(found.module, name)

    def alias_reference(self, found: Found, way: str) -> str:
        name = f"{self.local(found)}{'$In' if way == 'in' else ''}"
        self._need(found, way)
        return self._qualified(found.module, name)

    def inner_class(self, outer: Found, node: ast.ClassDef) -> Found:
        key = (outer.module, f"{outer.name}.{node.name}")
        return self._inner.setdefault(key, Found(*key, Symbol("class", [node])))

    def _need(self, found: Found, kind: str) -> None:
        key = (found.module, found.name, kind)
        if key not in self._seen:
            self._seen.add(key)
            self._waiting.append(
                Found(found.module, found.name, Symbol(kind if kind in ("in", "out") else "class", found.symbol.nodes if found.symbol else []))
            )

    def has_input(self, found: Found) -> bool:
        """Whether JavaScript has objects of its own that serve as such a value: plain ones for a TypedDict, any with the methods for a Protocol."""
        return self.is_typed_dict(found) or any(base.name == "Protocol" for _, base in self.classes.bases(found))

    def is_typed_dict(self, found: Found) -> bool:
        return self.classes.is_a(found, "TypedDict")

    def typed_dict_fields(self, found: Found) -> list[tuple[str, ast.expr, bool]]:
        """The keys of a TypedDict: name, type, whether it is required."""
        fields: dict[str, tuple[str, ast.expr, bool]] = {}
        for above in reversed(self.classes.lineage(found)):
            node = above.symbol.nodes[0] if above.symbol is not None else None
            if not isinstance(node, ast.ClassDef):
                continue
            total = not any(keyword.arg == "total" and getattr(keyword.value, "value", True) is False for keyword in node.keywords)
            for part in chosen(node.body):
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    text = ast.unparse(part.annotation)
                    fields[part.target.id] = (part.target.id, part.annotation, "NotRequired" not in text and (total or text.startswith("Required")))
        return list(fields.values())

    def class_variables(self, found: Found) -> list[TypeVariable]:
        """The type variables of a generic class, in their order."""
        node = found.symbol.nodes[0] if found.symbol is not None else None
        if not isinstance(node, ast.ClassDef):
            return []
        syntax = getattr(node, "type_params", [])
        if syntax:
            return [TypeVariable(part.name, type(part).__name__, getattr(part, "bound", None), [], found.module) for part in syntax]
        named: dict[str, TypeVariable] = {}
        explicit: Optional[list[str]] = None
        for base in node.bases:
            if not isinstance(base, ast.Subscript):
                continue
            order = []
            for part in ast.walk(base.slice):
                variable = self.converter.variable(self.modules.resolve(found.module, part.id)) if isinstance(part, ast.Name) else None
                if variable is not None:
                    named.setdefault(variable.name, variable)
                    order.append(variable.name)
            if ast.unparse(base.value).rpartition(".")[2] in ("Generic", "Protocol"):
                explicit = list(dict.fromkeys(order))
        return [named[name] for name in (explicit if explicit is not None else named)]

    def add_root(self, name: str) -> None:
        """Declare what a module exports. Raises NotFound."""
        if name in self._roots:
            return
        self._roots.append(name)
        module = self.modules.read(name)
        self.texts.setdefault(name, {})
        for exported in self.modules.public(name):
            self._export(module, exported)
        self._drain()

    def _export(self, module: Module, name: str) -> None:
        found = self.modules.lookup(module.name, name)
        if found.name == "" and found.symbol is None:
            self._export_module(module.name, name, found.module)
            return
        if found.symbol is None or not self.in_scope(found.module):
            if found.module not in KNOWN and not name.startswith("__") and found.module != "__future__":
                foreign = found.symbol is not None and found.symbol.kind == "function"
                self._write(module.name, name, f"export const {local(name)}: {'(...args: any[]) => any' if foreign else '$.PyObject'};\n", name)
            return
        kind = found.symbol.kind
        if kind == "class":
            self._need(found, "class")
        elif kind == "function":
            with self.writing(found.module):
                self._add_function(found)
        else:
            with self.writing(found.module):
                written = self._add_variable(found)
            if not written:
                return
        declared = self.local(found)
        if found.module != module.name:
            self.texts.setdefault(found.module, {})
            self.exports.setdefault(module.name, []).append(
                f"export {{ {declared}{'' if declared == name else f' as {name}'} }} from {specifier(found.module)};\n"
            )
        elif declared != name or declared != found.name:
            self.exports.setdefault(module.name, []).append(f"export {{ {declared} as {name} }};\n")

    def _export_module(self, seen_from: str, name: str, target: str) -> None:
        if not self.in_scope(target) or "._" in target or target == seen_from or name.startswith("_"):
            return
        try:
            self.add_root(target)
        except NotFound:
            return
        self.exports.setdefault(seen_from, []).append(f"export * as {name} from {specifier(target)};\n")

    def _write(self, module: str, name: str, text: str, exported: Optional[str] = None) -> None:
        own = local(name)
        if own != name:
            text = text.replace("export ", "", 1) if exported is not None and not name.startswith("$") else text
            if exported is not None:
                self.exports.setdefault(module, []).append(f"export {{ {own} as {exported} }};\n")
        self.texts.setdefault(module, {})[name] = text

    def _add_function(self, found: Found) -> None:
        key = (found.module, found.name, "function")
        if key in self._seen or found.symbol is None:
            return
        self._seen.add(key)
        functions = _visible([node for node in found.symbol.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))])
        doc = comment(ast.get_docstring(found.symbol.nodes[-1]) or self.docstring(found.module, found.name), "", _deprecated(functions[0]))  # type: ignore[arg-type]
        texts = [text for function in functions for text in self.signatures.of(function, Scope(found.module))]
        self.texts.setdefault(found.module, {})[found.name] = doc + "".join(f"export function {self.local(found)}{text};\n" for text in dict.fromkeys(texts))

    def _add_variable(self, found: Found) -> bool:
        assert found.symbol is not None
        node = found.symbol.nodes[0]
        if self.converter.variable(found) is not None:
            return False
        value = getattr(node, "value", None)
        scope = Scope(found.module)
        if isinstance(node, ast.AnnAssign) and "TypeAlias" not in ast.unparse(node.annotation) and not is_bare(node.annotation):
            kind = self.converter.attribute(node.annotation, "out", scope)
        elif self._is_alias(found, value):
            self.alias_reference(found, "out")
            return True
        else:
            kind = self._kind_of(value, scope)
        key = (found.module, found.name, "variable")
        if key not in self._seen:
            self._seen.add(key)
            self.texts.setdefault(found.module, {})[found.name] = f"export const {self.local(found)}: {kind};\n"
        return True

    def _is_alias(self, found: Found, value: Optional[ast.expr]) -> bool:
        node = found.symbol.nodes[0] if found.symbol is not None else None
        if type(node).__name__ == "TypeAlias" or (isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.unparse(node.annotation)):
            return True
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
            return True
        if isinstance(value, ast.Call):
            return ast.unparse(value.func).rpartition(".")[2] == "NewType"
        if not isinstance(value, ast.Subscript):
            return False
        head = self.converter.found(value.value, Scope(found.module))
        return head.module in TABLED or (head.symbol is not None and head.symbol.kind in ("class", "variable"))

    def _kind_of(self, value: Optional[ast.expr], scope: Scope) -> str:
        if isinstance(value, ast.Constant):
            return {"bool": "boolean", "int": "number", "float": "number", "str": "string", "bytes": "$.PyBytes"}.get(type(value.value).__name__, "any")
        if isinstance(value, ast.Call) and isinstance(value.func, (ast.Name, ast.Attribute)):
            made = self.converter.found(value.func, scope)
            if made.symbol is not None and made.symbol.kind == "class" and self.in_scope(made.module):
                return self.class_reference(made, "out")
        simple = {
            ast.List: "$.PyList<any>",
            ast.Dict: "$.PyDict<any, any>",
            ast.Set: "$.PySet<any>",
            ast.Tuple: "$.PyTuple<readonly any[]>",
            ast.JoinedStr: "string",
        }
        return simple.get(type(value), "any")

    def _drain(self) -> None:
        while self._waiting:
            found = self._waiting.pop()
            assert found.symbol is not None
            with self.writing(found.module):
                if found.symbol.kind == "class":
                    text = self.classes.write(found)
                    self.texts.setdefault(found.module, {})[found.name] = text
                else:
                    self._write_alias(found, found.symbol.kind)

    def _write_alias(self, found: Found, way: str) -> None:
        assert found.symbol is not None
        value = getattr(found.symbol.nodes[0], "value", None)
        name = f"{self.local(found)}{'$In' if way == 'in' else ''}"
        if isinstance(value, ast.Call):  # NewType
            value = value.args[1]
        inner = Scope(found.module, aliases=frozenset({(found.module, found.name)}))
        for free in self.converter.free(value, inner) if value is not None else ():
            inner.variables[free] = "any"
        kind = self.converter.convert(value, way, inner)
        self.texts.setdefault(found.module, {})[f"{found.name}{'$In' if way == 'in' else ''}"] = f"export type {name} = {kind};\n"

    def body(self, module: str) -> tuple[str, str]:
        """The imports of a module, and its declarations in the order of the source."""
        read = self.modules.get(module)
        order = {name: index for index, name in enumerate(read.names)} if read is not None else {}
        texts = self.texts.get(module, {})
        names = sorted(texts, key=lambda name: (order.get(name.partition(".")[0].partition("$")[0], len(order)), name))
        head = "".join(
            f"import type * as {module_alias(other)} from {specifier(other)};\n" for other in sorted(self.imports.get(module, ())) if other != module
        )
        exports = sorted(dict.fromkeys(self.exports.get(module, [])))
        return head, "".join(texts[name] for name in names) + "".join(exports)


def module_alias(module: str) -> str:
    return "$" + module.replace(".", "$")


def specifier(module: str) -> str:
    return literal(f"python:{module}")
