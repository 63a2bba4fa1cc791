import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "@interloop/native";
import { python } from "@interloop/node";
import { expect, test } from "vitest";

// What every class has, and what the type machinery adds, is no part of a stub.
const compare = String.raw`
import ast
import asyncio
import collections.abc
import _interloop

bases = {"Handle": asyncio.Handle, "JsArray": collections.abc.MutableSequence, "JsMapping": collections.abc.MutableMapping}

def members(body):
    names = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    return names | {node.target.id for node in body if isinstance(node, ast.AnnAssign)}

def differences(text):
    tree = ast.parse(text)
    stubs = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    values = {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    real = {name: value for name, value in vars(_interloop).items() if not name.startswith("__")}
    found = [f"{name} is in the module only" for name in real.keys() - stubs.keys() - values]
    found += [f"{name} is in the stub only" for name in (stubs.keys() | values) - real.keys()]
    for name in real.keys() & stubs.keys():
        if isinstance(real[name], type):
            declared = members(stubs[name].body)
            found += [f"{name}.{member} is in the stub only" for member in declared - set(dir(real[name])) - {"__getattr__", "__buffer__"}]
            own = {member for member in vars(real[name]) if not member.startswith("_")}
            inherited = set(dir(bases.get(name, object)))
            found += [f"{name}.{member} is in the class only" for member in own - declared - inherited]
        elif not isinstance(stubs[name], ast.FunctionDef):
            found.append(f"{name} is no class")
    return sorted(found)
`;

test("the stub of the built-in module says what is there", () => {
  const module = python.fromCode(compare, "compare.py", "compare_stubs");
  const text = readFileSync(join(packagePath(), "_interloop.pyi"), "utf8");
  expect(python.toJs(module["differences"](text))).toEqual([]);
});
