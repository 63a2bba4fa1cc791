"""Names of Python where TypeScript has none of the kind, and comments."""

import re

RESERVED = set(
    [
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "import",
        "in",
        "instanceof",
        "new",
        "null",
        "return",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
        "as",
        "implements",
        "interface",
        "let",
        "package",
        "private",
        "protected",
        "public",
        "static",
        "yield",
        "await",
        "async",
        "of",
        "any",
        "boolean",
        "constructor",
        "declare",
        "get",
        "module",
        "require",
        "number",
        "set",
        "string",
        "symbol",
        "type",
        "from",
        "undefined",
        "never",
        "unknown",
        "object",
        "bigint",
        "readonly",
        "unique",
        "infer",
        "is",
        "keyof",
        "namespace",
        "abstract",
        "asserts",
        "global",
        "override",
        "arguments",
        "eval",
    ]
)
# Names that declarations use: a class of Python that is called so has another name inside of its module.
GLOBAL = set(
    [
        "Iterable",
        "AsyncIterable",
        "Generator",
        "AsyncGenerator",
        "PromiseLike",
        "Promise",
        "Symbol",
        "Omit",
        "Pick",
        "Exclude",
        "Record",
        "Readonly",
        "ReadonlyMap",
        "ReadonlySet",
        "Map",
        "Set",
        "Array",
        "Object",
        "Function",
        "String",
        "Number",
        "Boolean",
        "Error",
        "Date",
        "globalThis",
    ]
)


def local(name: str) -> str:
    """The name of a declaration inside of its module."""
    text = name.replace(".", "$")
    return f"{text}_" if text in RESERVED or text in GLOBAL else text


def label(name: str) -> str:
    """The name of a parameter."""
    return (
        f"{name}_"
        if name in RESERVED and name not in ("from", "of", "type", "get", "set", "async", "string", "number", "object", "symbol", "any", "is", "as")
        else name
    )


def property_name(name: str) -> str:
    """The name of a property."""
    return name if re.fullmatch(r"[^\W\d]\w*", name) else f'"{name}"'


def comment(text: "str | None", indent: str = "", deprecated: "str | None" = None) -> str:
    """A docstring's first paragraph as a TSDoc comment; nothing for none."""
    first = re.split(r"\n\s*\n", (text or "").strip(), maxsplit=1)[0]
    lines = [line.strip() for line in first.splitlines()][:6]
    if deprecated is not None:
        lines.append(f"@deprecated {deprecated}".strip())
    lines = [_escape(line) for line in lines if line]
    if not lines:
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}\n" for line in lines) + f"{indent} */\n"


def _escape(text: str) -> str:
    return re.sub(r"@(?!deprecated\b)", r"\\@", text.replace("*/", "*\\/"))
