"""Declarations of TypeScript for Python modules, for `interloop types`.

The source is read with `ast`, which every Python has; nothing of it is run, but for modules that have neither stubs nor source.
"""

import json
import os
import re
import sys

from .declare import Declarations, specifier
from .find import NotFound, is_standard, typeshed
from .names import comment
from .source import Modules
from .types import literal

HEAD = "// Written by `interloop types`. Do not edit: write it anew instead.\n"


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())


def generate(names: "list[str]", adapter: str, folder: str) -> str:
    """The declarations of modules, as JSON: files by their name, what could not be read, and what is not typed. Modules of `folder` are found as well."""
    modules = Modules()
    if folder not in sys.path:
        sys.path.insert(0, folder)
    packages = {name.partition(".")[0] for name in names}
    declarations = Declarations(modules, packages)
    errors: list[str] = []
    done: list[str] = []
    for name in dict.fromkeys(names):
        try:
            declarations.add_root(name)
            done.append(name)
        except NotFound as error:
            errors.append(str(error))
    files: dict[str, str] = {}
    taken: set[str] = set()
    for package in sorted(packages):
        parts = []
        for module in sorted(declarations.texts):
            if module.partition(".")[0] != package:
                continue
            head, body = declarations.body(module)
            read = modules.get(module)
            inside = f'import type * as $ from "{adapter}";\n{head}{body}'
            if module in declarations._roots:
                inside += f"const $module: typeof import({specifier(module)});\nexport default $module;\n"
            else:
                inside += "export {};\n"
            parts.append(f"{comment(read.doc if read is not None else None)}declare module {specifier(module)} {{\n{_indented(inside)}}}\n")
        if not parts:
            continue
        file = package
        while file.lower() in taken:  # two packages that differ by case, in a folder that does not tell them apart
            file += "_"
        taken.add(file.lower())
        files[f"{file}.d.ts"] = HEAD + "\n".join(parts)
    references = "".join(f'/// <reference path="./{file}" />\n' for file in sorted(files))
    registered = "".join(f"    {json.dumps(name)}: typeof import({specifier(name)});\n" for name in sorted(declarations._roots) if name in modules._read)
    files["python.d.ts"] = f'{HEAD}{references}\ndeclare module "{adapter}" {{\n  interface PythonModules {{\n{registered}  }}\n}}\nexport {{}};\n'
    return _report(files, errors, _notes(declarations, done), modules)


def generate_file(file: str, adapter: str, registered: "list[str]") -> str:
    """The declarations of a Python file, which stand beside it; those of registered modules are there."""
    modules = Modules()
    name = os.path.basename(file).rpartition(".")[0]
    folder = os.path.dirname(os.path.abspath(file))
    if folder not in sys.path:
        sys.path.insert(0, folder)
    declarations = Declarations(modules, {name, *(other.partition(".")[0] for other in registered)})
    try:
        read = modules.add_file(name, file)
        declarations.add_root(name)
    except NotFound as error:
        return _report({}, [str(error)], [], modules)
    head, body = declarations.body(name)
    # At the top of a file, what is not exported is declared.
    body = re.sub(r"^(?=(?:function|const|interface|type) )", "declare ", body, flags=re.MULTILINE)
    own = literal(f"./{os.path.basename(file)}")
    text = f'{HEAD}{comment(read.doc)}import type * as $ from "{adapter}";\n{head}{body}declare const $module: typeof import({own});\nexport default $module;\n'
    target = f"{name}.d.py.ts"
    return _report({target: text}, [], _notes(declarations, [name]), modules)


def _notes(declarations: Declarations, done: "list[str]") -> "list[str]":
    notes = []
    if typeshed() is None and any(is_standard(name) for name in done):
        notes.append(
            "No stubs of the standard library are in this environment, so its modules have the types that their source and their signatures at run time tell: install typeshed-client for more"
        )
    foreign = sorted(
        {name.rpartition(".")[0].partition(".")[0] for name in declarations.foreign if not name.startswith("builtins.")}
        - declarations.packages
        - {"", "_typeshed", "types", "typing", "typing_extensions"}
    )
    if foreign:
        notes.append(f"Types of these modules are PyObject, unless you name the modules as well: {', '.join(foreign)}")
    return notes


def _report(files: "dict[str, str]", errors: "list[str]", notes: "list[str]", modules: Modules) -> str:
    read = sorted({found.source.file for found in modules._read.values() if found is not None and os.path.isfile(found.source.file)})
    return json.dumps({"files": files, "errors": errors, "notes": notes, "read": read})
