"""A Python class as an interface of its instances and one of the class itself."""

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Optional

from .names import comment, label, property_name
from .signature import Function, Parameter, Parameters
from .source import Found, chosen, decorators, is_overload
from .types import ALIASES, GENERIC, Scope, TypeVariable, literal, split_top, union

if TYPE_CHECKING:
    from .declare import Declarations

# Methods of Python's with other names in JavaScript; "": a call.
ITERATION = {"__iter__": "[Symbol.iterator]", "__aiter__": "[Symbol.asyncIterator]"}
DUNDERS = {"__getitem__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__call__", "__array__", "__iter__", "__aiter__", "__fspath__", "__await__"}
# What the handles of these types have by themselves.
LIST = set(
    [
        "append",
        "extend",
        "insert",
        "pop",
        "remove",
        "clear",
        "copy",
        "count",
        "index",
        "reverse",
        "sort",
        "__getitem__",
        "__iter__",
        "at",
        "concat",
        "entries",
        "every",
        "filter",
        "find",
        "findIndex",
        "flat",
        "flatMap",
        "forEach",
        "includes",
        "indexOf",
        "join",
        "keys",
        "lastIndexOf",
        "map",
        "reduce",
        "reduceRight",
        "slice",
        "some",
        "values",
        "length",
    ]
)
DICT = set(["clear", "copy", "pop", "popitem", "setdefault", "update", "get", "items", "keys", "values", "__getitem__", "__iter__"])
SET = set(
    [
        "copy",
        "difference",
        "intersection",
        "union",
        "symmetric_difference",
        "isdisjoint",
        "issubset",
        "issuperset",
        "add",
        "clear",
        "discard",
        "pop",
        "remove",
        "update",
        "__iter__",
    ]
)
BYTES = set(["decode", "hex", "startswith", "endswith", "find", "__getitem__", "__iter__", "length"])
MANAGER, AMANAGER = {"__enter__", "__exit__"}, {"__aenter__", "__aexit__"}
KNOWN_BASES = {
    "list": LIST, "Sequence": LIST, "MutableSequence": LIST, "deque": LIST, "dict": DICT, "Mapping": DICT, "MutableMapping": DICT, "OrderedDict": DICT, "defaultdict": DICT, "Counter": DICT,
    "set": SET, "frozenset": SET, "AbstractSet": SET, "MutableSet": SET, "bytes": BYTES, "bytearray": BYTES, "Iterable": {"__iter__"}, "Iterator": {"__iter__", "__next__", "next", "return", "throw"},
    "Collection": {"__iter__"}, "AsyncIterable": {"__aiter__"}, "AsyncIterator": {"__aiter__"}, "AbstractContextManager": MANAGER, "ContextManager": MANAGER,
    "AbstractAsyncContextManager": AMANAGER, "AsyncContextManager": AMANAGER,
}  # fmt: skip


@dataclass
class Member:
    """One name of a class body."""

    name: str
    functions: list[Function] = field(default_factory=list)
    annotation: Optional[ast.expr] = None
    value: Optional[ast.expr] = None
    setter: Optional[Function] = None
    inner: Optional[ast.ClassDef] = None
    marks: list[str] = field(default_factory=list)
    is_field: bool = False
    scope: Optional[Scope] = None

    @property
    def is_property(self) -> bool:
        return any(mark in ("property", "cached_property", "abstractproperty", "hybrid_property", "getset_descriptor") for mark in self.marks)

    @property
    def on_class(self) -> bool:
        return "classmethod" in self.marks or "staticmethod" in self.marks or self.name == "__new__"


def members(node: ast.ClassDef) -> dict[str, Member]:
    """What a class body declares, and what `__init__` sets on self."""
    found: dict[str, Member] = {}
    for part in chosen(node.body):
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            marks = decorators(part)
            before = found.get(part.name)
            if "setter" in marks and before is not None:
                before.setter = part
            elif "deleter" in marks:
                continue
            elif before is not None and before.functions and is_overload(before.functions[0]):
                before.functions.append(part)
            else:
                found[part.name] = Member(part.name, [part], marks=marks)
        elif isinstance(part, ast.ClassDef):
            found[part.name] = Member(part.name, inner=part)
        elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            found[part.target.id] = Member(part.target.id, annotation=part.annotation, value=part.value, is_field=True)
        elif isinstance(part, ast.Assign):
            for target in part.targets:
                if isinstance(target, ast.Name) and target.id != "__slots__":
                    found[target.id] = Member(target.id, value=part.value)
    initial = found.get("__init__")
    if initial is not None:
        for function in initial.functions:
            _add_attributes(function, found)
    return found


def _add_attributes(function: Function, found: dict[str, Member]) -> None:
    arguments = {argument.arg: argument.annotation for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    for part in ast.walk(function):
        targets = part.targets if isinstance(part, ast.Assign) else [part.target] if isinstance(part, ast.AnnAssign) else []
        for target in targets:
            if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name) or target.value.id != "self" or target.attr in found:
                continue
            annotation = part.annotation if isinstance(part, ast.AnnAssign) else None
            if annotation is None and isinstance(part, ast.Assign) and isinstance(part.value, ast.Name):
                annotation = arguments.get(part.value.id)
            found[target.attr] = Member(target.attr, annotation=annotation or ast.Name("Any"))


def is_public(name: str) -> bool:
    return not name.startswith("_") or name in DUNDERS


class ClassWriter:
    """Writes classes."""

    def __init__(self, declarations: "Declarations") -> None:
        self.declarations = declarations
        self.converter = declarations.converter
        self.signatures = declarations.signatures

    def bases(self, found: Found) -> list[tuple[ast.expr, Found]]:
        assert found.symbol is not None
        node = found.symbol.nodes[0]
        assert isinstance(node, ast.ClassDef)
        scope = Scope(found.module)
        return [
            (base, self.converter.found(base.value if isinstance(base, ast.Subscript) else base, scope))
            for base in node.bases
            if not isinstance(base, (ast.Call, ast.Starred))
        ]

    def lineage(self, found: Found, seen: frozenset[str] = frozenset()) -> list[Found]:
        """The class and the classes above it that can be read, in the order in which a name is looked for."""
        key = f"{found.module}.{found.name}"
        if key in seen or found.symbol is None or found.symbol.kind != "class":
            return []
        order = [found]
        for _, base in self.bases(found):
            order += [above for above in self.lineage(base, seen | {key}) if above.name not in {one.name for one in order}]
        return order

    def names(self, base: Found) -> set[str]:
        """All names that an instance of a class has in its declaration."""
        if base.symbol is None or base.symbol.kind != "class" or not self.declarations.in_scope(base.module):
            return set(KNOWN_BASES.get(ALIASES.get(base.name, base.name), ()))
        found: set[str] = set()
        for above in self.lineage(base):
            node = above.symbol.nodes[0] if above.symbol is not None else None
            if isinstance(node, ast.ClassDef) and self.declarations.in_scope(above.module):
                found |= {name for name in members(node) if is_public(name)}
            for _, other in self.bases(above):
                found |= (
                    set(KNOWN_BASES.get(ALIASES.get(other.name, other.name), ()))
                    if other.symbol is None or not self.declarations.in_scope(other.module)
                    else set()
                )
        return found

    def is_a(self, found: Found, *names: str) -> bool:
        return any(base.name in names for above in self.lineage(found) for _, base in self.bases(above))

    def _heritage(self, found: Found, own: set[str], scope: Scope, protocol: bool) -> str:
        taken = set(own)
        texts: list[str] = []
        # A tuple comes first: it would not be one without some of its names.
        for node, base in sorted(self.bases(found), key=lambda pair: pair[1].name not in ("tuple", "Tuple")):
            name = ALIASES.get(base.name, base.name)
            if base.symbol is not None and base.symbol.kind == "class" and self.declarations.in_scope(base.module) and base.name != found.name:
                text = self.declarations.class_reference(base, "out")
                if isinstance(node, ast.Subscript):
                    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                    text += self.converter._arguments(base, list(arguments), "out", scope)
            elif (name == "tuple" and isinstance(node, ast.Subscript)) or (
                name in GENERIC and name in KNOWN_BASES and base.module in (*self.declarations.tabled, "collections")
            ):
                text = self.converter.convert(node, "out", scope)
            elif name in ("bytes", "bytearray") and base.module == "builtins":
                text = "$.PyBytes"
            else:
                continue
            if text == "any":
                continue
            if name == "tuple" and "..." in text:  # an interface cannot have as many items as its type parameter says
                text = "$.PySequence<any>"
            names = LIST if name == "tuple" else self.names(base)
            clash = sorted(key for key in taken & names) if name != "tuple" else []
            if clash:
                keys = " | ".join(_key(name) for name in clash)
                text = f"Omit<{text}, {keys}>"
            taken |= names
            texts.append(text)
        if not texts and not protocol:
            texts.append("$.PyHandle")
        return f" extends {', '.join(dict.fromkeys(texts))}" if texts else ""

    def write(self, found: Found) -> str:
        """The declarations of a class."""
        assert found.symbol is not None
        node = found.symbol.nodes[0]
        assert isinstance(node, ast.ClassDef)
        name = self.declarations.local(found)
        variables = self.declarations.class_variables(found)
        generic = f"<{', '.join(f'{_parameter(variable)} = any' for variable in variables)}>" if variables else ""
        arguments = f"<{', '.join(variable.name for variable in variables)}>" if variables else ""
        scope = Scope(found.module, {variable.name: variable.name for variable in variables}, "this", f"{name}{arguments}", owner=found.name)
        doc = comment(ast.get_docstring(node) or self.declarations.docstring(found.module, found.name))
        base_names = {base.name for _, base in self.bases(found)}
        if "TypedDict" in base_names or self.is_a(found, "TypedDict"):
            return self._typed_dict(found, name, doc, generic, scope)
        protocol = "Protocol" in base_names
        is_enum = self.is_a(found, "Enum", "IntEnum", "Flag", "IntFlag", "StrEnum", "EnumMeta") or (found.name in ("Enum",) and found.module == "enum")
        body = {key: member for key, member in members(node).items() if not is_enum or key not in ("name", "value")}
        if base_names & {"tuple", "Tuple"}:
            # It has the members of a tuple, whatever else the class says of these.
            body = {key: member for key, member in body.items() if key not in LIST}
        if "NamedTuple" in base_names:
            return self._named_tuple(found, name, doc, body, scope, generic)
        lines = [
            line
            for member in body.values()
            if is_public(member.name) and not (is_enum and _is_enum_member(member))
            for line in self._instance(member, scope, found)
        ]
        own = {member.name for member in body.values() if is_public(member.name) and not member.on_class}
        if is_enum:
            values = [literal(member.value.value) for member in body.values() if _is_enum_member(member) and isinstance(member.value, ast.Constant)]
            own |= {"name", "value"}
            enum_names = [literal(member.name) for member in body.values() if _is_enum_member(member)]
            lines = [
                f"  readonly name: {union(enum_names) if enum_names else 'string'};\n",
                f"  readonly value: {union(values) if values else 'any'};\n",
                *lines,
            ]
        text = f"{doc}export interface {name}{generic}{self._heritage(found, own, scope, protocol)} {{\n{''.join(lines)}}}\n"
        if protocol:
            text += f"/** {name} as JavaScript has it. */\nexport interface {name}$Given{generic} {{\n{self._given(body, scope)}}}\nexport type {name}$In{generic} = {name}$Given{arguments};\n"
        return text + self._class_side(found, name, variables, doc, is_enum, protocol)

    def _given(self, body: dict[str, Member], scope: Scope) -> str:
        """The members of a protocol that an object of JavaScript has: Python calls them, so parameters and results change places."""
        lines: list[str] = []
        for member in body.values():
            if not is_public(member.name) or member.name in DUNDERS - {"__call__"}:
                continue
            name = "" if member.name == "__call__" else property_name(member.name)
            if not member.functions or member.is_property:
                kind = member.functions[0].returns if member.functions else member.annotation
                lines.append(f"  readonly {name}: {self.converter.attribute(kind, 'in', scope)};\n")
                continue
            function = member.functions[-1]
            own = Scope(scope.module, dict(scope.variables), scope.self_name, owner=scope.owner)
            given = [argument for argument in (*function.args.posonlyargs, *function.args.args)][1:]
            parameters = ", ".join(f"{label(argument.arg)}: {self.converter.attribute(argument.annotation, 'out', own)}" for argument in given)
            result = self.converter.attribute(function.returns, "in", own)
            result = "void | null | undefined" if result == "null | undefined" else result
            result = f"PromiseLike<{result}>" if isinstance(function, ast.AsyncFunctionDef) else result
            lines.append(f"  {name}({parameters}): {result};\n")
        return "".join(lines)

    def _typed_dict(self, found: Found, name: str, doc: str, generic: str, scope: Scope) -> str:
        fields = self.declarations.typed_dict_fields(found)
        inner = Scope(found.module, {**scope.variables}, "any")
        given = {
            way: "".join(f"  {property_name(key)}{'' if required else '?'}: {self.converter.convert(kind, way, inner)};\n" for key, kind, required in fields)
            for way in ("out", "in")
        }
        items = union([self.converter.convert(kind, "out", inner) for _, kind, _ in fields]) if fields else "any"
        keys = union([literal(key) for key, _, _ in fields]) if fields else "string"
        arguments = f"<{', '.join(scope.variables)}>" if generic else ""
        call = f"{generic}(kwargs?: $.Kwargs<{name}$Given{arguments}>): {name}{arguments}"
        return (
            f"{doc}export type {name}{generic} = {name}$Out{arguments} & $.PyMapping<{keys}, {items}>;\n"
            f"export interface {name}$Out{generic} {{\n{given['out']}}}\n/** {name} as JavaScript has it. */\nexport interface {name}$Given{generic} {{\n{given['in']}}}\nexport type {name}$In{generic} = {name}{arguments} | {name}$Given{arguments};\n"
            f"{doc}export const {name}: $.PyType<{name}> & {{ {call}; new {call} }};\n"
        )

    def _named_tuple(self, found: Found, name: str, doc: str, body: dict[str, Member], scope: Scope, generic: str) -> str:
        fields = [member for member in body.values() if member.is_field]
        items = ", ".join(f"{property_name(member.name)}: {self.converter.convert(member.annotation, 'out', scope)}" for member in fields)
        rest = [
            line
            for member in body.values()
            if is_public(member.name) and member.name not in ("count", "index")
            for line in self._instance(member, scope, found)
        ]
        parameters = Parameters([Parameter(member.name, self.converter.convert(member.annotation, "in", scope), member.value is not None) for member in fields])
        own = f"{name}<{', '.join(scope.variables)}>" if generic else name
        calls = "".join(f"  {generic}({form}): {own};\n  new {generic}({form}): {own};\n" for form in dict.fromkeys(parameters.forms()))
        return (
            f"{doc}export type {name}{generic} = $.PyTuple<[{items}]> & {own.replace(name, f'{name}$Fields', 1)};\n"
            f"export interface {name}$Fields{generic} {{\n{''.join(rest)}  _asdict(): $.PyDict<string, any>;\n}}\n"
            f"export interface {name}$Class extends $.PyType<{name}> {{\n{calls}}}\n{doc}export const {name}: {name}$Class;\n"
        )

    def _instance(self, member: Member, scope: Scope, found: Found) -> list[str]:
        """A member as instances have it."""
        if member.inner is not None or member.name in ("__init__", "__new__", "__await__", "__init_subclass__", "__class_getitem__"):
            return []
        path = f"{found.name}.{member.name}"
        if member.functions:
            return self._method(member, scope, found, path)
        if member.annotation is None or is_bare(member.annotation):
            kind = _kind_of_value(member.value)
            return [f"  {'' if member.annotation is None else 'readonly '}{property_name(member.name)}: {kind};\n"]
        annotation = ast.unparse(member.annotation)
        if annotation.startswith(("ClassVar", "typing.ClassVar")) and member.name in ("__hash__", "__slots__"):
            return []
        out = self.converter.attribute(member.annotation, "out", scope)
        given = self.converter.attribute(member.annotation, "in", scope)
        name = property_name(member.name)
        if "Final" in annotation or "frozen" in annotation:
            return [f"  readonly {name}: {out};\n"]
        if out in (given, given.replace(" | bigint", "")):
            return [f"  {name}: {out};\n"]
        return [f"  get {name}(): {out};\n", f"  set {name}(value: {given});\n"]

    def _method(self, member: Member, scope: Scope, found: Found, path: str) -> list[str]:
        first = member.functions[0]
        doc = comment(ast.get_docstring(first) or self.declarations.docstring(found.module, path), "  ", _deprecated(first))
        name = property_name(member.name)
        if member.is_property:
            out = self.converter.attribute(first.returns, "out", scope)
            if member.setter is None:
                return [doc, f"  readonly {name}: {out};\n"]
            value = member.setter.args.args[1].annotation if len(member.setter.args.args) > 1 else None
            given = self.converter.attribute(value, "in", scope)
            if out in (given, given.replace(" | bigint", "")) or value is None:
                return [doc, f"  {name}: {out};\n"]
            return [doc, f"  get {name}(): {out};\n", f"  set {name}(value: {given});\n"]
        if member.on_class:
            return []
        functions = _visible(member.functions)
        if member.name in ITERATION:
            item = _item_of(self.converter.attribute(functions[0].returns, "out", scope))
            generator = "Generator" if member.name == "__iter__" else "AsyncGenerator"
            return [f"  {ITERATION[member.name]}(): {generator}<{item}, any, any>;\n"]
        lines = [doc]
        for function in functions:
            for text in self.signatures.of(function, scope, skip_first="staticmethod" not in member.marks):
                lines.append(f"  {'' if member.name == '__call__' else name}{text};\n")
        return lines

    def _class_side(self, found: Found, name: str, variables: list[TypeVariable], doc: str, is_enum: bool, protocol: bool) -> str:
        arguments = f"<{', '.join(variable.name for variable in variables)}>" if variables else ""
        generic = f"<{', '.join(f'{_parameter(variable)} = any' for variable in variables)}>" if variables else ""
        anything = f"<{', '.join('any' for _ in variables)}>" if variables else ""
        calls: list[str] = []
        if not protocol and not is_enum:
            for form in self._constructors(found, variables):
                calls += [f"  {form}: {name}{arguments};\n", f"  new {form}: {name}{arguments};\n"]
        if generic:
            calls = [self._with_generic(line, generic) for line in calls]
        lines = calls
        reserved = {"__name__", "__qualname__", "__module__", "__doc__", "__mro__", "mro", "prototype"}
        written: set[str] = set(reserved)
        for above in self.lineage(found):
            node = above.symbol.nodes[0] if above.symbol is not None else None
            if not isinstance(node, ast.ClassDef) or not self.declarations.in_scope(above.module):
                continue
            scope = Scope(above.module, {variable.name: "any" for variable in self.declarations.class_variables(above)}, f"{name}{anything}", owner=above.name)
            for member in members(node).values():
                if member.name in written or not is_public(member.name):
                    continue
                written.add(member.name)
                lines += self._static(member, scope, above, found, is_enum, name)
        if is_enum:
            value = "any"
            lines = [f"  (value: {value}): {name};\n", f"  new (value: {value}): {name};\n", f"  [Symbol.iterator](): Generator<{name}, any, any>;\n", *lines]
        return f"export interface {name}$Class extends $.PyType<{name}{anything}> {{\n{''.join(lines)}}}\n{doc}export const {name}: {name}$Class;\n"

    @staticmethod
    def _with_generic(line: str, generic: str) -> str:
        head, rest = line.split("(", 1)
        if "<" in head:
            start = head.index("<")
            return f"{head[:start]}{generic[:-1]}, {_with_defaults(head[start + 1 :])}({rest}"
        return f"{head}{generic}({rest}"

    def _constructors(self, found: Found, variables: list[TypeVariable]) -> list[str]:
        """The parameters of the constructor, with type variables of its own."""
        for above in self.lineage(found):
            node = above.symbol.nodes[0] if above.symbol is not None else None
            if not isinstance(node, ast.ClassDef):
                continue
            body = members(node)
            same = above.module == found.module and above.name == found.name
            names = self.declarations.class_variables(above)
            scope = Scope(above.module, {variable.name: variable.name if same else "any" for variable in names}, "any", owner=above.name)
            initial = body.get("__init__") or body.get("__new__")
            if initial is not None and initial.functions and not (initial.name == "__new__" and "__init__" in body):
                if _is_opaque(initial.functions[0]) and self._fields(found):
                    return self._from_fields(found)
                return [
                    _without_result(text)
                    for function in _visible(initial.functions)
                    for text in self.signatures.of(function, scope, skip_first=True, result="")
                ]
            if self._is_dataclass(above):
                return self._from_fields(found)
        if any(
            base.symbol is None or not self.declarations.in_scope(base.module)
            for _, base in self.bases(found)
            if base.name not in ("Generic", "ABC", "object", "Protocol")
        ):
            return ["(...args: any[])"]
        return ["()"]

    def _is_dataclass(self, found: Found) -> bool:
        assert found.symbol is not None
        return any(mark in ("dataclass", "define", "frozen", "mutable", "attrs") for mark in decorators(found.symbol.nodes[0]))

    def _is_transformed(self, found: Found) -> bool:
        """Whether fields become keyword arguments, as those of pydantic's models do."""
        for above in self.lineage(found):
            node = above.symbol.nodes[0] if above.symbol is not None else None
            for keyword in node.keywords if isinstance(node, ast.ClassDef) else ():
                metaclass = self.converter.found(keyword.value, Scope(above.module)) if keyword.arg == "metaclass" else None
                if metaclass is not None and metaclass.symbol is not None and "dataclass_transform" in decorators(metaclass.symbol.nodes[0]):
                    return True
        return False

    def _fields(self, found: Found) -> list[tuple[Member, Scope]]:
        fields: dict[str, tuple[Member, Scope]] = {}
        if not self._is_transformed(found) and not any(self._is_dataclass(above) for above in self.lineage(found)):
            return []
        for above in reversed(self.lineage(found)):
            node = above.symbol.nodes[0] if above.symbol is not None else None
            if isinstance(node, ast.ClassDef):
                scope = Scope(above.module, {variable.name: variable.name for variable in self.declarations.class_variables(above)}, owner=above.name)
                for member in members(node).values():
                    text = ast.unparse(member.annotation) if member.annotation is not None else ""
                    if member.is_field and not member.name.startswith("_") and "ClassVar" not in text and not member.name.startswith("model_"):
                        fields[member.name] = (member, scope)
        return list(fields.values())

    def _from_fields(self, found: Found) -> list[str]:
        keyword_only = self._is_transformed(found)
        assert found.symbol is not None
        for mark in getattr(found.symbol.nodes[0], "decorator_list", []):
            keyword_only |= isinstance(mark, ast.Call) and any(keyword.arg == "kw_only" and getattr(keyword.value, "value", False) for keyword in mark.keywords)
        parameters = Parameters()
        for member, scope in self._fields(found):
            if ast.unparse(member.annotation).rpartition(".")[2] == "KW_ONLY":  # type: ignore[arg-type]
                keyword_only = True
                continue
            options = {keyword.arg: keyword.value for keyword in member.value.keywords} if isinstance(member.value, ast.Call) else {}
            if getattr(options.get("init"), "value", True) is False:
                continue
            is_call = isinstance(member.value, ast.Call) and ast.unparse(member.value.func).rpartition(".")[2] in ("field", "Field", "ib", "attrib")
            optional = (member.value is not None and not is_call) or bool({"default", "default_factory", "factory"} & set(options))
            if is_call and isinstance(member.value, ast.Call) and member.value.args:
                optional = not (isinstance(member.value.args[0], ast.Constant) and member.value.args[0].value is ...)
            parameter = Parameter(member.name, self.converter.convert(member.annotation, "in", scope), optional)
            only = keyword_only or getattr(options.get("kw_only"), "value", False)
            (parameters.keywords if only else parameters.positional).append(parameter)
        return [f"({form})" for form in dict.fromkeys(parameters.forms())]

    def _static(self, member: Member, scope: Scope, above: Found, found: Found, is_enum: bool, name: str) -> list[str]:
        """A member as the class has it."""
        key = property_name(member.name)
        if member.inner is not None:
            inner = self.declarations.inner_class(above, member.inner)
            return [f"  readonly {key}: {self.declarations.class_reference(inner, 'out')}$Class;\n"]
        if is_enum and _is_enum_member(member) and not member.functions:
            return [f"  readonly {key}: {name};\n"]
        if member.functions:
            if not member.on_class or member.name == "__new__":
                return []
            doc = comment(
                ast.get_docstring(member.functions[0]) or self.declarations.docstring(above.module, f"{above.name}.{member.name}"),
                "  ",
                _deprecated(member.functions[0]),
            )
            texts = [
                text for function in _visible(member.functions) for text in self.signatures.of(function, scope, skip_first="staticmethod" not in member.marks)
            ]
            return [doc, *(f"  {key}{text};\n" for text in dict.fromkeys(texts))]
        if member.annotation is not None and not is_bare(member.annotation) and (member.value is not None or "ClassVar" in ast.unparse(member.annotation)):
            return [f"  {key}: {self.converter.attribute(member.annotation, 'out', scope)};\n"]
        return (
            []
            if member.value is None or (member.annotation is not None and not is_bare(member.annotation))
            else [f"  {key}: {_kind_of_value(member.value)};\n"]
        )


def is_bare(annotation: ast.expr) -> bool:
    """`Final` and `ClassVar` alone: the type is that of the value."""
    return ast.unparse(annotation).rpartition(".")[2] in ("Final", "ClassVar")


def _parameter(variable: TypeVariable) -> str:
    """A type variable of a class. Its bound is Python's business: handles are made by Python alone."""
    return f"{variable.name} extends readonly any[]" if variable.kind in ("ParamSpec", "TypeVarTuple") else variable.name


def _key(name: str) -> str:
    return f"typeof Symbol.{ITERATION[name][8:-1]}" if name in ITERATION else literal(name)


def _visible(functions: list[Function]) -> list[Function]:
    """The overloads; the implementation beside them is not for callers."""
    overloads = [function for function in functions if is_overload(function)]
    return overloads or functions


def _deprecated(node: ast.AST) -> Optional[str]:
    for mark in getattr(node, "decorator_list", []):
        if isinstance(mark, ast.Call) and ast.unparse(mark.func).rpartition(".")[2] == "deprecated":
            return str(mark.args[0].value) if mark.args and isinstance(mark.args[0], ast.Constant) else ""
    return None


def _is_enum_member(member: Member) -> bool:
    return (
        not member.functions
        and member.inner is None
        and not member.name.startswith("_")
        and member.name not in ("name", "value")
        and (member.value is not None or member.annotation is not None)
    )


def _kind_of_value(value: Optional[ast.expr]) -> str:
    if isinstance(value, ast.Constant):
        return {"bool": "boolean", "int": "number", "float": "number", "str": "string", "bytes": "$.PyBytes"}.get(type(value.value).__name__, "any")
    return "any"


def _item_of(text: str) -> str:
    for start in ("$.PyIterator<", "$.PyIterable<", "$.PyAsyncIterable<"):
        if text.startswith(start):
            return split_top(text[len(start) : -1])[0]
    return "any"


def _without_result(text: str) -> str:
    return text[:-2] if text.endswith(": ") else text


def _with_defaults(text: str) -> str:
    """Type variables of a method after those of the class, which have defaults: these need one too. The text ends with `>`."""
    return f"{', '.join(part if part.endswith(' = any') else f'{part} = any' for part in split_top(text[:-1]))}>"


def _is_opaque(function: Function) -> bool:
    """`__init__(self, /, **data)`: what it takes stands in the fields."""
    arguments = function.args
    return arguments.kwarg is not None and len([*arguments.posonlyargs, *arguments.args]) == 1 and not arguments.kwonlyargs
