"""The parameters of a Python function as signatures of TypeScript."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Optional, Union

from .names import label, property_name
from .types import Converter, Scope, TypeVariable

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


@dataclass
class Parameter:
    """One parameter, its type in TypeScript."""

    name: str
    type: str
    optional: bool

    def __str__(self) -> str:
        return f"{label(self.name)}{'?' if self.optional else ''}: {self.type}"

    @property
    def named(self) -> str:
        return f"{property_name(self.name)}{'?' if self.optional else ''}: {self.type}"


@dataclass
class Parameters:
    """All parameters of a function."""

    positional: list[Parameter] = field(default_factory=list)
    # How many of these have no name for the caller.
    nameless: int = 0
    rest: Optional[str] = None
    keywords: list[Parameter] = field(default_factory=list)
    more: Optional[str] = None
    # `*args: P.args, **kwargs: P.kwargs`
    spread: Optional[str] = None

    def _kwargs(self, given: list[Parameter]) -> str:
        named = [*given, *self.keywords]
        text = f"{{ {'; '.join(parameter.named for parameter in named)} }}" if named else ""
        if self.more is not None:
            text = f"{text}{' & ' if text else ''}{{ readonly [name: string]: {self.more} }}"
        return f"$.Kwargs<{text or '{}'}>"

    def forms(self) -> Iterator[str]:
        """The parameters between the parentheses, one form for each way to call: with keyword arguments first, since a type that takes everything would take these too."""
        positional, keywords = self.positional, bool(self.keywords) or self.more is not None
        required = sum(not parameter.optional for parameter in positional)
        if self.spread is not None:
            yield ", ".join([*map(str, positional), f"...args: {self.spread}"])
            return
        last = required if required - self.nameless <= 3 else min(self.nameless + 1, required)
        for count in range(self.nameless, last):
            yield ", ".join([*map(str, positional[:count]), f"kwargs: {self._kwargs(positional[count:])}"])
        obligatory = any(not parameter.optional for parameter in self.keywords)
        if len(positional) > max(required, self.nameless) or (keywords and (self.rest is not None or obligatory)):
            head = ", ".join(map(str, positional[:required]))
            optional = [Parameter(parameter.name, parameter.type, False) for parameter in positional[required:]]
            prefix = f"...$.PyPrefix<[{', '.join(map(str, optional))}]>" if optional else ""
            more = f"...{self._array()}" if self.rest is not None else ""
            named = self._kwargs(positional[max(required, self.nameless) :])
            if prefix or more:
                yield f"...args: [{', '.join(part for part in (head, prefix, more, f'kwargs: {named}') if part)}]"
            else:
                yield ", ".join(part for part in (head, f"kwargs: {named}") if part)
        if obligatory:
            return
        if self.rest is not None:
            yield ", ".join([*map(str, positional), f"...args: {self._array()}"])
        elif keywords and len(positional) == required:
            yield ", ".join([*map(str, positional), f"kwargs?: {self._kwargs([])}"])
        else:
            yield ", ".join(map(str, positional))

    def _array(self) -> str:
        return f"readonly ({self.rest})[]" if self.rest is not None and " " in self.rest else f"readonly {self.rest}[]"


class Signatures:
    """Makes signatures."""

    def __init__(self, converter: Converter) -> None:
        self.converter = converter

    def parameters(self, node: Function, scope: Scope, skip_first: bool) -> Parameters:
        """The parameters; without the first one of a method."""
        arguments = node.args
        given = [*arguments.posonlyargs, *arguments.args]
        defaults: list[Optional[ast.expr]] = [*([None] * (len(given) - len(arguments.defaults))), *arguments.defaults]
        pairs = list(zip(given, defaults))
        nameless = len(arguments.posonlyargs)
        if skip_first and pairs:
            pairs, nameless = pairs[1:], max(0, nameless - 1)
        found = Parameters(nameless=nameless)
        for index, (argument, default) in enumerate(pairs):
            if argument.arg.startswith("__") and not argument.arg.endswith("__") and index == found.nameless:
                found.nameless += 1  # before Python 3.8 that said positional only
            found.positional.append(self._parameter(argument, default, scope))
        for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults):
            found.keywords.append(self._parameter(argument, keyword_default, scope))
        rest, more = arguments.vararg, arguments.kwarg
        if rest is not None and more is not None and rest.annotation is not None and ast.unparse(rest.annotation).endswith(".args"):
            found.spread = self.converter.convert(rest.annotation, "in", scope)
            return found
        if rest is not None:
            found.rest = self.converter.convert(rest.annotation, "in", scope)
            if found.rest.startswith("..."):
                found.spread, found.rest = found.rest[3:], None
        if more is not None:
            self._add_more(found, more, scope)
        return found

    def _add_more(self, found: Parameters, more: ast.arg, scope: Scope) -> None:
        annotation = more.annotation
        if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).endswith("Unpack"):
            target = self.converter.found(annotation.slice, scope)
            fields = self.converter.declarations.typed_dict_fields(target)
            found.keywords += [Parameter(name, self.converter.attribute(node, "in", Scope(target.module)), not required) for name, node, required in fields]
            return
        found.more = self.converter.convert(annotation, "in", scope)

    def _parameter(self, argument: ast.arg, default: Optional[ast.expr], scope: Scope) -> Parameter:
        kind = self.converter.convert(argument.annotation, "in", scope)
        if default is not None and isinstance(default, ast.Constant) and default.value is None and "null" not in kind and kind not in ("any", "unknown"):
            kind = f"{kind} | null"
        return Parameter(argument.arg, kind, default is not None)

    def of(self, node: Function, scope: Scope, *, skip_first: bool = False, result: Optional[str] = None) -> list[str]:
        """All signatures, as `<T>(a: A): R`. `result` replaces what the source says."""
        scope = Scope(scope.module, dict(scope.variables), scope.self_type, scope.self_name, owner=scope.owner)
        for parameter in getattr(node, "type_params", []):
            scope.used[parameter.name] = _of_syntax(parameter, scope.module)
        parameters = self.parameters(
            node, Scope(scope.module, scope.variables, scope.self_name or scope.self_type, used=scope.used, owner=scope.owner), skip_first
        )
        returned = result if result is not None else self.result(node, scope)
        constrained = next((variable for variable in scope.used.values() if variable.constraints), None)
        if constrained is not None and constrained.name not in scope.variables and len(constrained.constraints) <= 4:
            texts: list[str] = []
            for choice in constrained.constraints:
                inner = Scope(scope.module, dict(scope.variables), scope.self_type, scope.self_name, owner=scope.owner)
                inner.variables[constrained.name] = self.converter.convert(choice, "out", Scope(constrained.module))
                texts += [text for text in self.of(node, inner, skip_first=skip_first, result=result) if text not in texts]
            return texts
        generic = self.generic(scope)
        return [f"{generic}({form}): {returned}" for form in dict.fromkeys(parameters.forms())]

    def generic(self, scope: Scope) -> str:
        """`<T extends Bound>` of the type variables that were used."""
        texts: list[str] = []
        written: set[str] = set()
        while len(written) < len(scope.used):
            for name, variable in list(scope.used.items()):
                if name not in written:
                    written.add(name)
                    texts.append(self.bounded(variable))
        return f"<{', '.join(texts)}>" if texts else ""

    def bounded(self, variable: TypeVariable) -> str:
        """A type variable with what it extends."""
        if variable.kind in ("ParamSpec", "TypeVarTuple"):
            return f"{variable.name} extends readonly any[]"
        if variable.bound is None:
            return variable.name
        bound = self.converter.convert(variable.bound, "in", Scope(variable.module))
        return variable.name if bound in ("any", "unknown") else f"{variable.name} extends {bound}"

    def result(self, node: Function, scope: Scope) -> str:
        """What a call gives in JavaScript."""
        marks = {mark.attr if isinstance(mark, ast.Attribute) else getattr(mark, "id", "") for mark in node.decorator_list}
        returns: Optional[ast.AST] = node.returns
        if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
            try:
                returns = ast.parse(returns.value.strip(), mode="eval").body
            except SyntaxError:
                returns = None
        for mark, manager in (("contextmanager", "PyContextManager"), ("asynccontextmanager", "PyAsyncContextManager")):
            if mark in marks:
                item = returns.slice if isinstance(returns, ast.Subscript) else None
                item = item.elts[0] if isinstance(item, ast.Tuple) else item
                return f"$.{manager}<{self.converter.convert(item, 'out', scope)}>"
        text = self.converter.convert(returns, "out", scope)
        if isinstance(node, ast.AsyncFunctionDef):
            if _yields(node):
                return text if returns is not None else "$.PyAsyncIterable<any>"
            return f"$.PyAwaitable<{text}>"
        if returns is None and _yields(node):
            return "$.PyIterator<any>"
        return text


def _of_syntax(parameter: ast.AST, module: str) -> TypeVariable:
    return TypeVariable(parameter.name, type(parameter).__name__, getattr(parameter, "bound", None), [], module)  # type: ignore[attr-defined]


def _yields(node: Function) -> bool:
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        part = waiting.pop()
        if isinstance(part, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(part)
    return False
