"""Python's types in TypeScript. `out` is what JavaScript gets (handles), `in` what Python takes from it (JavaScript's own data too)."""

import ast
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Optional

from .source import KNOWN, Found, Symbol

if TYPE_CHECKING:
    from .declare import Declarations

SIMPLE = {
    "int": ("number", "number | bigint"),
    "float": ("number", "number | bigint"),
    "complex": ("$.PyComplex", "number | $.PyComplex"),
    "bool": ("boolean", "boolean"),
    "str": ("string", "string"),
    "bytes": ("$.PyBytes", "$.PyBytesLike"),
    "bytearray": ("$.PyBytes", "$.PyBytesLike"),
    "memoryview": ("$.PyBytes", "$.PyBytesLike"),
    "object": ("unknown", "unknown"),
    "None": ("null", "null | undefined"),
    "slice": ("$.PySlice", "$.PySlice"),
    "range": ("$.PySequence<number>", "$.PySequence<number>"),
    "ellipsis": ("$.PyObject", "$.PyHandle"),
    "EllipsisType": ("$.PyObject", "$.PyHandle"),
    "NotImplementedType": ("$.PyObject", "$.PyHandle"),
    "Any": ("any", "any"),
    "Incomplete": ("any", "any"),
    "Unused": ("unknown", "unknown"),
    "Text": ("string", "string"),
    "LiteralString": ("string", "string"),
    "Never": ("never", "never"),
    "NoReturn": ("never", "never"),
    "Hashable": ("unknown", "unknown"),
    "Sized": ("$.PyHandle", "object"),
    "NoneType": ("null", "null | undefined"),
    "SupportsIndex": ("number", "number | bigint | $.PyHandle"),
    "SupportsInt": ("number", "number | bigint | $.PyHandle"),
    "SupportsFloat": ("number", "number | bigint | $.PyHandle"),
    "SupportsComplex": ("number", "number | bigint | $.PyHandle"),
    "ConvertibleToInt": ("number", "string | number | bigint | $.PyBytesLike | $.PyHandle"),
    "ConvertibleToFloat": ("number", "string | number | bigint | $.PyBytesLike | $.PyHandle"),
    "ReadableBuffer": ("$.PyBytes", "$.PyBytesLike | $.PyHandle"),
    "WriteableBuffer": ("$.PyBytes", "$.PyBytesLike | $.PyHandle"),
    "Buffer": ("$.PyBytes", "$.PyBytesLike | $.PyHandle"),
    "ByteString": ("$.PyBytes", "$.PyBytesLike"),
    "StrPath": ("string", "string | $.PyHandle"),
    "BytesPath": ("$.PyBytes", "$.PyBytesLike | $.PyHandle"),
    "StrOrBytesPath": ("string", "string | $.PyBytesLike | $.PyHandle"),
    "FileDescriptorOrPath": ("string", "number | string | $.PyBytesLike | $.PyHandle"),
}

# Of so many parameters: what is not given is Any.
GENERIC = {
    "list": ("$.PyList<{0}>", "$.PyListLike<{0}>"),
    "deque": ("$.PySequence<{0}>", "$.PyListLike<{0}>"),
    "Sequence": ("$.PySequence<{0}>", "$.PyListLike<{0}>"),
    "MutableSequence": ("$.PyList<{0}>", "$.PyListLike<{0}>"),
    "Collection": ("$.PyIterable<{0}>", "Iterable<{0}>"),
    "Iterable": ("$.PyIterable<{0}>", "Iterable<{0}>"),
    "Reversible": ("$.PyIterable<{0}>", "Iterable<{0}>"),
    "Container": ("$.PyHandle", "object"),
    "Iterator": ("$.PyIterator<{0}>", "Iterable<{0}>"),
    "set": ("$.PySet<{0}>", "$.PySetLike<{0}>"),
    "MutableSet": ("$.PySet<{0}>", "$.PySetLike<{0}>"),
    "frozenset": ("$.PyFrozenSet<{0}>", "$.PySetLike<{0}>"),
    "AbstractSet": ("$.PyFrozenSet<{0}>", "$.PySetLike<{0}>"),
    "Set": ("$.PyFrozenSet<{0}>", "$.PySetLike<{0}>"),
    "KeysView": ("$.PyIterable<{0}>", "$.PyIterable<{0}>"),
    "ValuesView": ("$.PyIterable<{0}>", "$.PyIterable<{0}>"),
    "ItemsView": ("$.PyIterable<$.PyTuple<[{0}, {1}]>>", "$.PyIterable<$.PyTuple<[{0}, {1}]>>"),
    "dict": ("$.PyDict<{0}, {1}>", "$.PyDictLike<{0}, {1}>"),
    "defaultdict": ("$.PyDict<{0}, {1}>", "$.PyDictLike<{0}, {1}>"),
    "OrderedDict": ("$.PyDict<{0}, {1}>", "$.PyDictLike<{0}, {1}>"),
    "Mapping": ("$.PyMapping<{0}, {1}>", "$.PyDictLike<{0}, {1}>"),
    "MutableMapping": ("$.PyDict<{0}, {1}>", "$.PyDictLike<{0}, {1}>"),
    "MappingProxyType": ("$.PyMapping<{0}, {1}>", "$.PyMapping<{0}, {1}>"),
    "Counter": ("$.PyDict<{0}, number>", "$.PyDictLike<{0}, number>"),
    "Generator": ("$.PyIterator<{0}, {2}, {1}>", "Iterable<{0}>"),
    "AsyncIterable": ("$.PyAsyncIterable<{0}>", "AsyncIterable<{0}>"),
    "AsyncIterator": ("$.PyAsyncIterable<{0}>", "AsyncIterable<{0}>"),
    "AsyncGenerator": ("$.PyAsyncIterable<{0}>", "AsyncIterable<{0}>"),
    "Awaitable": ("$.PyAwaitable<{0}>", "PromiseLike<{0}>"),
    "Coroutine": ("$.PyAwaitable<{2}>", "PromiseLike<{2}>"),
    "CoroutineType": ("$.PyAwaitable<{2}>", "PromiseLike<{2}>"),
    "ContextManager": ("$.PyContextManager<{0}>", "$.PyContextManager<{0}>"),
    "AbstractContextManager": ("$.PyContextManager<{0}>", "$.PyContextManager<{0}>"),
    "AsyncContextManager": ("$.PyAsyncContextManager<{0}>", "$.PyAsyncContextManager<{0}>"),
    "AbstractAsyncContextManager": ("$.PyAsyncContextManager<{0}>", "$.PyAsyncContextManager<{0}>"),
    "SupportsAbs": ("{0}", "number | bigint | $.PyHandle"),
    "SupportsRound": ("{0}", "number | bigint | $.PyHandle"),
    "SupportsNext": ("$.PyIterator<{0}>", "Iterable<{0}>"),
    "SupportsIter": ("$.PyIterable<{0}>", "Iterable<{0}>"),
    "SupportsAnext": ("$.PyAsyncIterable<{0}>", "AsyncIterable<{0}>"),
    "SupportsAiter": ("$.PyAsyncIterable<{0}>", "AsyncIterable<{0}>"),
    "SupportsKeysAndGetItem": ("$.PyMapping<{0}, {1}>", "$.PyDictLike<{0}, {1}>"),
    "SupportsItems": ("$.PyMapping<{0}, {1}>", "$.PyDictLike<{0}, {1}>"),
    "type": ("$.PyType<{0}>", "$.PyType<{0}>"),
    "Type": ("$.PyType<{0}>", "$.PyType<{0}>"),
    "_NestedSequence": ("$.PyNestedList<{0}>", "$.PyNestedList<{0}>"),
}
ALIASES = {"List": "list", "Dict": "dict", "FrozenSet": "frozenset", "Tuple": "tuple", "DefaultDict": "defaultdict", "Deque": "deque"}
TRANSPARENT = {"Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly", "InitVar"}
# Modules outside of the standard tables whose classes the tables name.
TABLED = KNOWN | {"collections", "numpy._typing._nested_sequence", "numpy._typing", "dataclasses", "contextlib"}


@dataclass
class TypeVariable:
    """A parameter of a generic class or function."""

    name: str
    kind: str = "TypeVar"
    bound: Optional[ast.expr] = None
    constraints: list[ast.expr] = field(default_factory=list)
    module: str = ""


@dataclass
class Scope:
    """Where a type stands: the module that its names belong to, what type variables and Self are there."""

    module: str
    variables: dict[str, str] = field(default_factory=dict)
    self_type: str = "$.PyObject"
    # What Self is in parameters, where `this` is not allowed everywhere.
    self_name: str = ""
    # Type variables that a function uses and its class does not have.
    used: dict[str, TypeVariable] = field(default_factory=dict)
    # Aliases that are being written: they must not lead to themselves.
    aliases: frozenset[tuple[str, str]] = frozenset()
    owner: str = ""


def union(parts: list[str]) -> str:
    """The union, without repetitions."""
    flat: dict[str, None] = {}
    for part in parts:
        for piece in split_union(part):
            flat[piece] = None
    if "any" in flat:
        return "any"
    if "unknown" in flat:
        return "unknown"
    if len(flat) > 1:
        flat.pop("never", None)
    return (
        " | ".join(
            f"({piece})" if ("=>" in piece and not piece.startswith(("(", "$", "{"))) or (_is_function(piece) and len(flat) > 1) else piece for piece in flat
        )
        or "never"
    )


def _is_function(text: str) -> bool:
    depth = 0
    for index, character in enumerate(text):
        if character in "(<[{":
            depth += 1
        elif character in ")]}" or (character == ">" and text[index - 1] != "="):
            depth -= 1
        elif character == "=" and depth == 0 and text[index : index + 2] == "=>":
            return True
    return False


def split_union(text: str) -> list[str]:
    """The members of a union; a function type is one."""
    if _is_function(text):
        return [text]
    parts, depth, start, quoted = [], 0, 0, False
    for index, character in enumerate(text):
        if character == '"' and (index == 0 or text[index - 1] != "\\"):
            quoted = not quoted
        elif quoted:
            continue
        elif character in "(<[{":
            depth += 1
        elif character in ")]}" or (character == ">" and text[index - 1] != "="):
            depth -= 1
        elif depth == 0 and text[index : index + 3] == " | ":
            parts.append(text[start:index])
            start = index + 3
    return [*parts, text[start:]]


def split_top(text: str) -> list[str]:
    """The parts between commas that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character in "(<[{":
            depth += 1
        elif character in ")]}" or (character == ">" and text[index - 1] != "="):
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    return [*parts, text[start:].strip()]


def grouped(text: str) -> str:
    """In parentheses where it would not be one operand."""
    return f"({text})" if _is_function(text) or len(split_union(text)) > 1 or " & " in text or text.startswith("readonly ") else text


def literal(value: object) -> str:
    """A value as a type of TypeScript."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, str):
        return (
            '"'
            + "".join({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c, c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in value)
            + '"'
        )
    if isinstance(value, int):
        return str(value) if abs(value) < 2**53 else f"{value}n"
    return "$.PyBytes" if isinstance(value, bytes) else "$.PyObject"


class Converter:
    """Types of Python's source as types of TypeScript."""

    def __init__(self, declarations: "Declarations") -> None:
        self.declarations = declarations
        self.modules = declarations.modules

    def convert(self, node: Optional[ast.AST], way: str, scope: Scope) -> str:
        """`way` is "out" or "in"."""
        if node is None:
            return "any"
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                with contextlib.suppress(SyntaxError, ValueError):
                    return self.convert(ast.parse(node.value.strip(), mode="eval").body, way, scope)
                return "any"
            if node.value is None:
                return SIMPLE["None"][way == "in"]
            return "any" if node.value is ... else literal(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return union([self.convert(node.left, way, scope), self.convert(node.right, way, scope)])
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._named(node, [], way, scope)
        if isinstance(node, ast.Subscript):
            arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return self._named(node.value, list(arguments), way, scope)
        if isinstance(node, ast.Starred):
            inner = self.convert(node.value, way, scope)
            return f"...{inner}" if isinstance(node.value, ast.Name) else inner
        if isinstance(node, (ast.List, ast.Tuple)):  # the parameters of a callable, or of a ParamSpec
            return f"[{', '.join(self.convert(part, way, scope) for part in node.elts)}]"
        return "any"

    def attribute(self, node: Optional[ast.AST], way: str, scope: Scope) -> str:
        """The type of what has no type variables of its own."""
        inner = Scope(scope.module, dict(scope.variables), scope.self_type, owner=scope.owner)
        text = self.convert(node, way, inner)
        if not inner.used:
            return text
        inner.variables.update(dict.fromkeys(inner.used, "any"))
        return self.convert(node, way, inner)

    def found(self, node: ast.AST, scope: Scope) -> Found:
        dotted = ast.unparse(node)
        if scope.owner and "." not in dotted:
            inner = self.modules.resolve(scope.module, f"{scope.owner}.{dotted}")
            if inner.symbol is not None:
                return inner
        return self.modules.resolve(scope.module, dotted)

    def variable(self, found: Found) -> Optional[TypeVariable]:
        """The type variable that a name stands for."""
        if found.module in ("typing", "typing_extensions") and found.name == "AnyStr":
            return TypeVariable("AnyStr", constraints=[ast.Name("str"), ast.Name("bytes")], module="builtins")
        node = found.symbol.nodes[0] if found.symbol is not None and found.symbol.kind == "variable" else None
        value = getattr(node, "value", None)
        if not isinstance(value, ast.Call):
            return None
        kind = ast.unparse(value.func).rpartition(".")[2]
        if kind not in ("TypeVar", "ParamSpec", "TypeVarTuple"):
            return None
        bound = next((keyword.value for keyword in value.keywords if keyword.arg == "bound"), None)
        return TypeVariable(found.name, kind, bound, list(value.args[1:]), found.module)

    def _named(self, node: ast.AST, arguments: list[ast.expr], way: str, scope: Scope) -> str:
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return "any"
        text = ast.unparse(node)
        if text in scope.variables:
            return scope.variables[text]
        if isinstance(node, ast.Attribute) and node.attr in ("args", "kwargs") and ast.unparse(node.value) in scope.variables:
            return scope.variables[ast.unparse(node.value)]
        found = self.found(node, scope)
        variable = self.variable(found)
        if variable is None and isinstance(node, ast.Attribute) and node.attr in ("args", "kwargs"):
            variable = self.variable(self.found(node.value, scope))
        if variable is not None:
            scope.used.setdefault(variable.name, variable)
            return variable.name
        if found.module in TABLED or found.name == "_NestedSequence" or found.module == "collections":
            known = self._known(ALIASES.get(found.name, found.name), arguments, way, scope)
            if known is not None:
                return known
        if found.symbol is None:
            return self._foreign(found, way)
        if found.symbol.kind == "class":
            if self.declarations.in_scope(found.module):
                reference = self.declarations.class_reference(found, way)
                return reference + self._arguments(found, arguments, way, scope)
            return self._foreign(found, way)
        if found.symbol.kind == "variable":
            return self._alias(found, found.symbol, arguments, way, scope)
        return self._foreign(found, way)

    def _foreign(self, found: Found, way: str) -> str:
        if found.module == "_typeshed":
            return "$.PyObject" if way == "out" else "object"  # a protocol: whatever has the methods
        self.declarations.foreign.add(f"{found.module}.{found.name}")
        return "$.PyObject" if way == "out" else "$.PyHandle"

    def _arguments(self, found: Found, arguments: list[ast.expr], way: str, scope: Scope) -> str:
        variables = self.declarations.class_variables(found)
        if not variables or not arguments:
            return ""
        if len(variables) == 1 and variables[0].kind == "ParamSpec":
            return f"<{self.convert(arguments[0] if len(arguments) == 1 and isinstance(arguments[0], ast.List) else ast.List(elts=arguments), 'out', scope)}>"
        given = [self.convert(argument, "out", scope) for argument in arguments[: len(variables)]]
        if any(variable.kind == "TypeVarTuple" for variable in variables):
            return "<any>"
        return f"<{', '.join('any' if part == '...' else part for part in given)}>"

    def _known(self, name: str, arguments: list[ast.expr], way: str, scope: Scope) -> Optional[str]:
        if name in SIMPLE:
            return SIMPLE[name][way == "in"]
        if name == "Self":
            return scope.self_type
        if name in ("Optional", "Union"):
            parts = [self.convert(argument, way, scope) for argument in arguments]
            return union([*parts, *([SIMPLE["None"][way == "in"]] if name == "Optional" else [])])
        if name == "Literal":
            return union([self._literal(argument, scope) for argument in arguments])
        if name in TRANSPARENT:
            return self.convert(arguments[0], way, scope) if arguments else "any"
        if name in ("TypeGuard", "TypeIs"):
            return "boolean"
        if name == "TypeAlias":
            return "any"
        if name == "tuple":
            return self._tuple(arguments, way, scope)
        if name in ("Callable", "CallableType"):
            return self._callable(arguments, way, scope)
        if name == "Unpack" and arguments:
            return self.convert(arguments[0], way, scope)
        if name == "Concatenate":
            parts = [self.convert(argument, way, scope) for argument in arguments]
            return f"[{', '.join([*parts[:-1], f'...{parts[-1]}' if parts[-1] != 'any' else '...any[]'])}]"
        if name in GENERIC:
            template = GENERIC[name][way == "in"]
            # Of what JavaScript gets back from Python the items are handles, of what it gives they are its own.
            inner = [self.convert(argument, way if not template.startswith(("$.PyType", "$.PyNested")) else "out", scope) for argument in arguments]
            inner = ["any" if part == "..." else part for part in inner] + ["any"] * 3
            return template.format(*inner)
        return None

    def _literal(self, node: ast.expr, scope: Scope) -> str:
        try:
            value = ast.literal_eval(node)
        except ValueError:
            if isinstance(node, ast.Attribute):
                return self.convert(node.value, "out", scope)  # a member of an enum
            return "any"
        return union([literal(part) for part in value]) if isinstance(value, tuple) else literal(value)

    def _tuple(self, arguments: list[ast.expr], way: str, scope: Scope) -> str:
        if not arguments:
            return "$.PyTuple<readonly any[]>" if way == "out" else "readonly any[]"
        if len(arguments) == 2 and isinstance(arguments[1], ast.Constant) and arguments[1].value is ...:
            item = self.convert(arguments[0], way, scope)
            return f"$.PyTuple<readonly {grouped(item)}[]>" if way == "out" else f"readonly {grouped(item)}[]"
        if len(arguments) == 1 and isinstance(arguments[0], ast.Tuple) and not arguments[0].elts:
            items = []
        else:
            items = [self._item(argument, way, scope) for argument in arguments]
        text = f"[{', '.join(items)}]"
        return f"$.PyTuple<{text}>" if way == "out" else f"readonly {text}"

    def _item(self, node: ast.expr, way: str, scope: Scope) -> str:
        """An item of a tuple; a TypeVarTuple stands for several."""
        unpacked = (
            node.value
            if isinstance(node, ast.Starred)
            else node.slice
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("Unpack")
            else None
        )
        if unpacked is None:
            return self.convert(node, way, scope)
        inner = self.convert(unpacked, way, scope)
        return f"...{inner if inner != 'any' else 'any[]'}"

    def _callable(self, arguments: list[ast.expr], way: str, scope: Scope) -> str:
        if len(arguments) != 2:
            return "(...args: any[]) => any"
        other = "out" if way == "in" else "in"
        given, result = arguments
        returned = self.convert(result, way, scope)
        if way == "in" and returned == "null | undefined":
            returned = "unknown"
        if isinstance(given, ast.List):
            names = [f"arg{index}: {self.convert(part, other, scope)}" for index, part in enumerate(given.elts)]
            return f"({', '.join(names)}) => {returned}"
        if isinstance(given, ast.Constant):
            return f"(...args: any[]) => {returned}"
        inner = self.convert(given, other, scope)
        return f"(...args: {inner if inner != 'any' else 'any[]'}) => {returned}"

    def _alias(self, found: Found, symbol: Symbol, arguments: list[ast.expr], way: str, scope: Scope) -> str:
        node = symbol.nodes[0]
        value = getattr(node, "value", None)
        key = (found.module, found.name)
        if value is None or key in scope.aliases:
            return "any"
        if isinstance(value, ast.Call):
            if ast.unparse(value.func).rpartition(".")[2] == "NewType" and len(value.args) == 2:
                return self.convert(value.args[1], way, Scope(found.module, aliases=scope.aliases | {key}))
            return "any"
        if isinstance(node, ast.AnnAssign) and "TypeAlias" not in ast.unparse(node.annotation):
            return "any"
        if not self.declarations.in_scope(found.module) or arguments or scope.aliases:
            return self._inline(found, value, arguments, way, scope)
        return self.declarations.alias_reference(found, way)

    def _inline(self, found: Found, value: ast.expr, arguments: list[ast.expr], way: str, scope: Scope) -> str:
        inner = Scope(found.module, aliases=scope.aliases | {(found.module, found.name)}, self_type=scope.self_type)
        names = [parameter.name for parameter in getattr(getattr(found.symbol, "nodes", [None])[0], "type_params", [])]
        names = names or self.free(value, inner)
        for index, name in enumerate(names):
            inner.variables[name] = self.convert(arguments[index], way, scope) if index < len(arguments) else "any"
        return self.convert(value, way, inner)

    def free(self, value: ast.expr, scope: Scope) -> list[str]:
        """The type variables of an alias, in their order; some stand in strings."""
        probe = Scope(scope.module, aliases=scope.aliases)
        self.convert(value, "out", probe)
        return list(probe.used)
