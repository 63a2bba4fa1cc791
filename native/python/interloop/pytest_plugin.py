"""A pytest plugin: Python suites that test JavaScript modules, inside a JavaScript runtime.

``interloop-node pytest`` (and ``interloop-deno``, ``interloop-bun``) runs pytest with it, on a thread of its own. With ``--interloop`` ``.ts`` and ``.js`` files on ``sys.path`` can be
imported, and each ``async def`` test runs on an event loop of its own and fails when it leaves tasks, timers or descriptors behind.
"""

import asyncio
import importlib.machinery
import inspect
import sys
import types
from typing import Any

import pytest

from ._leaks import left_on_loop
from ._modules import JsFinder, JsLoader, import_js

# The loop of the JavaScript thread, which pytest does not run on.
_home: "asyncio.AbstractEventLoop | None" = None

# What is about to end is given so many turns of the loop to do so.
_PATIENCE = 8


def run(arguments: "list[str]", home: asyncio.AbstractEventLoop) -> int:
    """What the adapters' command calls, on a thread of its own."""
    global _home
    _home = home
    return int(pytest.main(["--interloop", *arguments], plugins=[sys.modules[__name__]]))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("interloop").addoption(
        "--interloop",
        action="store_true",
        help="make JavaScript modules importable, and run each async test on an event loop of its own",
    )


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--interloop"):
        return
    if _home is None:
        raise pytest.UsageError("--interloop needs a JavaScript runtime: run 'interloop-node pytest', 'interloop-deno pytest' or 'interloop-bun pytest'")
    if _Finder not in sys.meta_path:
        sys.meta_path.append(_Finder)


async def _exports(path: str) -> "dict[str, Any]":
    module = import_js(path)
    return {"__doc__": module.__doc__, "__all__": module.__all__, **{name: getattr(module, name) for name in module.__all__}}


class _Loader:
    """Loads a file on the JavaScript thread, and takes what it exports: async functions and plain values are good on this one."""

    def __init__(self, path: str) -> None:
        self.path = path

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        assert _home is not None
        module.__dict__.update(asyncio.run_coroutine_threadsafe(_exports(self.path), _home).result())


class _Finder:
    @staticmethod
    def find_spec(fullname: str, path: Any = None, target: Any = None) -> "importlib.machinery.ModuleSpec | None":
        spec = JsFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, JsLoader):
            spec.loader = _Loader(spec.loader.path)
        return spec


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> "bool | None":
    if not pyfuncitem.config.getoption("--interloop") or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    left = asyncio.run(_run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})))
    if left:
        pytest.fail(f"The test has left behind:\n{left}", pytrace=False)
    return True


async def _run(test: Any) -> str:
    await test
    # As a task of its own this would be found.
    loop, this = asyncio.get_running_loop(), asyncio.current_task()
    left = ""
    for turn in range(_PATIENCE):
        await asyncio.sleep(turn / 1000)
        left = left_on_loop(loop, {this})
        if not left:
            break
    return left
