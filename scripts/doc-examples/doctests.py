"""Runs the docstring examples of the package `interloop`, module by module, and prints what failed as JSON."""

import doctest
import importlib
import io
import json
import pkgutil
import sys

import interloop

# These work inside a JavaScript runtime only, or leave this one for one.
elsewhere = {"__main__", "_bridge", "_classes", "_exports", "_js_call", "_libuv", "_main_bridge", "_protocols", "_signature", "_thread", "auto"}

names = [found.name for found in pkgutil.iter_modules(interloop.__path__) if found.name not in elsewhere]
modules = [interloop]
for name in names:
    try:
        modules.append(importlib.import_module(f"interloop.{name}"))
    except ModuleNotFoundError as error:
        if error.name != "_interloop":  # it needs the addon
            raise
attempted = 0
failures = []
runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
for module in modules:
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        out = io.StringIO()
        result = runner.run(test, out=out.write)
        attempted += result.attempted
        if result.failed:
            failures.append(out.getvalue())
json.dump({"attempted": attempted, "failures": failures}, sys.stdout)
